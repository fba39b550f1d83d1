/** Pushing a picture out of distribution: sliders, what it is blended with, and its path. */
import { extent } from "d3-array";
import type { Input } from "she-ood";
import type { Detector } from "she-ood/worker";
import { element } from "../shared/dom";
import { Latest } from "../shared/latest";
import type { Company } from "./loaded";
import { blendPath } from "./partner";
import type { Perturbation } from "./perturb";
import { PathChart, type ScorePath } from "./score-path";
import { type SliderName, Sliders } from "./sliders";
import type { Subject } from "./state";

interface Told {
  move(name: SliderName, value: number): void;
  blend(partner: number): void;
  open(): void;
}

export class Push {
  readonly #root = element<HTMLDetailsElement>("push");
  readonly #partner = element<HTMLSelectElement>("blend-with");
  readonly #path = new PathChart(element<SVGSVGElement>("path"));
  readonly #sliders: Sliders;
  readonly #sweeping = new Latest(
    () => {},
    () => {},
  );

  /** Tells what a visitor moves, chooses and opens. */
  constructor({ move, blend, open }: Told) {
    this.#sliders = new Sliders(element("sliders"), move);
    this.#partner.onchange = () => blend(Number(this.#partner.value));
    this.#root.ontoggle = () => this.#root.open && open();
  }

  open(): void {
    this.#root.open = true;
  }

  /** Offers the samples of a network to blend with. */
  prepare({ samples }: Company, threshold: number): void {
    this.#partner.replaceChildren(...samples.map(({ name }, i) => new Option(name, `${i}`)));
    const [low = 0, high = 0] = extent(samples, ({ report }) => report.score);
    this.#path.scale([low, high], threshold);
  }

  /** Shows where the sliders are; the frames of a camera do not hold still for them. */
  show(perturbation: Perturbation, partner: number | undefined, isStill: boolean): void {
    this.#sliders.show(perturbation);
    this.#partner.value = `${partner ?? ""}`;
    element<HTMLFieldSetElement>("push-controls").disabled = !isStill;
    element("push-live").hidden = isStill;
  }

  /**
   * Scores the way of a blend, to show it before it is gone; `blend` is where the picture is on it.
   * `take` is told of it.
   */
  sweep(
    detector: Detector,
    subject: Subject,
    other: ImageData,
    blend: number,
    take: (path: ScorePath) => void,
  ): void {
    if (!this.#root.open) return;
    void this.#sweeping.replace(async (signal) => {
      const score = (input: Input) => detector.score(input, { signal });
      const path = await blendPath(subject, other, blend, score);
      return () => take(path);
    });
  }

  /** Forgets the way that is being scored. */
  drop(): void {
    this.#sweeping.drop();
  }

  draw(path: ScorePath | undefined): void {
    this.#path.draw(path);
  }
}
