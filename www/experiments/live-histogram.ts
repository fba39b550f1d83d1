/** The histogram of a run that goes on. */
import { EXPERIMENTS } from "./experiment";
import type { Shown } from "./histogram";
import { column, type Sample, SCORES } from "./sample";
import type { Settings } from "./settings";

/** Milliseconds between drawings: enough to watch, and time for all else. */
const INTERVAL = 200;

export class LiveHistogram {
  readonly #samples: Sample[] = [];
  readonly #names: Shown["names"];
  readonly #draw: (shown: Shown) => void;
  #threshold = 0;
  #drawn = 0;

  constructor({ experiment }: Settings, draw: (shown: Shown) => void) {
    const { id, ood } = EXPERIMENTS[experiment];
    this.#names = { id: id.name, ood: ood.name };
    this.#draw = draw;
  }

  setThreshold(threshold: number): void {
    this.#threshold = threshold;
  }

  add(sample: Sample): void {
    this.#samples.push(sample);
    if (performance.now() - this.#drawn <= INTERVAL) return;
    this.#drawn = performance.now();
    this.#draw({
      score: SCORES.she,
      id: column(this.#samples, "id", "she"),
      ood: column(this.#samples, "ood", "she"),
      names: this.#names,
      threshold: this.#threshold,
    });
  }
}
