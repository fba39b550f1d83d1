/** The form: settings to controls and back. */
import { complain, element } from "../shared/dom";
import { CLASSIFIERS, type Classifier, type ClassifierName } from "./classifiers";
import { EXPERIMENTS } from "./experiment";
import { LayerList } from "./layer-list";
import type { ScoreName } from "./sample";
import {
  AGGREGATORS,
  EXPERIMENT_NAMES,
  type FitSettings,
  oneOf,
  PRESETS,
  type Settings,
  SIMILARITIES,
  WITH,
} from "./settings";

export class Form {
  readonly #form = element<HTMLFormElement>("form");
  readonly #layers = new LayerList(element("layers"), (error) => complain("layers-error", error));

  /** Calls `change` on every change, and `start` when the visitor asks for a run. */
  constructor(change: () => void, start: () => void) {
    this.#form.onchange = () => {
      this.#listLayers();
      change();
    };
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      start();
    };
    const check = (names: string[]) => {
      this.#layers.check(names);
      change();
    };
    element("last-layer").onclick = () => check(this.#classifier().layers.slice(-1));
    element("shipped-layers").onclick = () => check(this.#classifier().layers);
  }

  read(score: ScoreName): Settings {
    const values = new FormData(this.#form);
    const value = (name: string) => values.get(name)?.toString();
    const experiment = oneOf(EXPERIMENT_NAMES, value("experiment")) ?? EXPERIMENT_NAMES[0];
    const preset = oneOf(PRESETS, value("preset"));
    const similarity = oneOf(SIMILARITIES, value("similarity"));
    const aggregator = oneOf(AGGREGATORS, value("aggregator"));
    const joined = oneOf(WITH, value("with"));
    const overrides = {
      ...(similarity && { similarity }),
      ...(aggregator && { aggregator }),
      ...(joined && { with: joined }),
    };
    const layers = this.#layers.checked();
    const fit: FitSettings | undefined = preset && { preset, layers, ...overrides };
    return { experiment, fit, score };
  }

  write({ experiment, fit }: Settings): void {
    this.#set("experiment", experiment);
    this.#set("preset", fit?.preset ?? "");
    this.#set("similarity", fit?.similarity ?? "");
    this.#set("aggregator", fit?.aggregator ?? "");
    this.#set("with", fit?.with ?? "");
    this.#layers.forget(fit?.layers ?? []);
    this.#listLayers();
  }

  /** Offers to stop, or to start. The settings of the next run can be chosen meanwhile. */
  showRunning(running: boolean): void {
    const [gone, there] = running ? ["start", "stop"] : ["stop", "start"];
    const focused = document.activeElement === element(gone);
    element(there).hidden = false;
    element(gone).hidden = true;
    if (focused) element(there).focus({ preventScroll: true });
  }

  #set(name: string, value: string): void {
    (this.#form.elements.namedItem(name) as RadioNodeList | HTMLSelectElement).value = value;
  }

  #name(): ClassifierName {
    return EXPERIMENTS[this.read("she").experiment].classifier;
  }

  #classifier(): Classifier {
    return CLASSIFIERS[this.#name()];
  }

  /** Lists the layers of the classifier, when a fit is chosen. */
  #listLayers(): void {
    const fits = this.read("she").fit !== undefined;
    element("fit").hidden = !fits;
    if (fits) this.#layers.show(this.#name());
  }
}
