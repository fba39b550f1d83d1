/** The form: settings to controls and back. */
import { layersOf } from "./detector";
import { EXPERIMENTS, type ExperimentName } from "./experiment";
import { MODELS, type Model, type ModelName } from "./classifiers";
import { complain, element, write } from "../shared/dom";
import type { ScoreName } from "./sample";
import {
  AGGREGATORS,
  type FitSettings,
  PRESETS,
  SIMILARITIES,
  type Settings,
  oneOf,
} from "./settings";

export class Form {
  readonly #form = element<HTMLFormElement>("form");
  readonly #layers = element("layers");
  #listed: ModelName | undefined;
  /** Layers of an address that are not listed yet. */
  #wanted: string[] = [];

  /** Tells of every change, and of the wish to start. */
  constructor(changed: () => void, started: () => void) {
    this.#form.onchange = () => {
      void this.#follow();
      changed();
    };
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      started();
    };
    element("last-layer").onclick = () => this.#check(this.#model().layers.slice(-1), changed);
    element("shipped-layers").onclick = () => this.#check(this.#model().layers, changed);
  }

  read(score: ScoreName): Settings {
    const value = (name: string) => new FormData(this.#form).get(name) as string | null;
    const experiment = value("experiment") as ExperimentName;
    const preset = oneOf(PRESETS, value("preset"));
    const [similarity, aggregator] = [
      oneOf(SIMILARITIES, value("similarity")),
      oneOf(AGGREGATORS, value("aggregator")),
    ];
    const optional = { ...(similarity && { similarity }), ...(aggregator && { aggregator }) };
    const fit: FitSettings | undefined = preset && { preset, layers: this.#chosen(), ...optional };
    return { experiment, fit, score };
  }

  write({ experiment, fit }: Settings): void {
    this.#set("experiment", experiment);
    this.#set("preset", fit?.preset ?? "");
    this.#set("similarity", fit?.similarity ?? "");
    this.#set("aggregator", fit?.aggregator ?? "");
    this.#wanted = fit?.layers ?? [];
    this.#listed = undefined;
    void this.#follow();
  }

  /** Offers to stop, or to start. The settings of the next run can be chosen meanwhile. */
  busy(running: boolean): void {
    const [gone, there] = running ? ["start", "stop"] : ["stop", "start"];
    const focused = document.activeElement === element(gone!);
    element(there!).hidden = false;
    element(gone!).hidden = true;
    if (focused) element(there!).focus({ preventScroll: true });
  }

  #set(name: string, value: string): void {
    (this.#form.elements.namedItem(name) as RadioNodeList | HTMLSelectElement).value = value;
  }

  #modelName(): ModelName {
    return EXPERIMENTS[this.read("she").experiment].model;
  }

  #model(): Model {
    return MODELS[this.#modelName()];
  }

  /** Lists the layers of the model, when a fit is chosen. */
  async #follow(): Promise<void> {
    const fits = Boolean(this.read("she").fit);
    element("fit").hidden = !fits;
    if (!fits || this.#listed === this.#modelName()) return;
    const name = (this.#listed = this.#modelName());
    await this.#list(name).catch((error: unknown) => {
      this.#listed = undefined;
      write("layers", "");
      complain("layers-error", error);
    });
  }

  async #list(name: ModelName): Promise<void> {
    const wanted = this.#wanted.length ? this.#wanted : MODELS[name].layers.slice(-1);
    this.#wanted = wanted;
    complain("layers-error");
    write("layers", "Reading the model …");
    const layers = await layersOf(MODELS[name]);
    if (this.#listed !== name) return;
    this.#layers.replaceChildren(
      ...layers.map(({ name, op, shape }) =>
        choice(name, `${op} ${shape.join(" × ")}`, wanted.includes(name)),
      ),
    );
    this.#wanted = [];
    this.#reveal();
  }

  #check(names: string[], changed: () => void): void {
    this.#boxes().forEach((box) => (box.checked = names.includes(box.value)));
    this.#reveal();
    changed();
  }

  /** Scrolls the list, and not the page, to the last layer that is chosen. */
  #reveal(): void {
    const last = this.#boxes()
      .filter(({ checked }) => checked)
      .at(-1)?.parentElement;
    if (last)
      this.#layers.scrollTop =
        last.offsetTop - this.#layers.offsetTop - this.#layers.clientHeight / 2;
  }

  #boxes(): HTMLInputElement[] {
    return [...this.#layers.querySelectorAll("input")];
  }

  #chosen(): string[] {
    if (this.#wanted.length) return this.#wanted;
    return this.#boxes()
      .filter(({ checked }) => checked)
      .map(({ value }) => value);
  }
}

function choice(name: string, detail: string, checked: boolean): HTMLElement {
  const label = document.createElement("label");
  const box = Object.assign(document.createElement("input"), {
    type: "checkbox",
    name: "layer",
    value: name,
    checked,
  });
  label.append(
    box,
    Object.assign(document.createElement("code"), { textContent: name }),
    " ",
    Object.assign(document.createElement("small"), { textContent: detail }),
  );
  return label;
}
