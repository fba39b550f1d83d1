/** The sliders that perturb a picture. */
import { make } from "../shared/dom";
import { NONE, type Perturbation } from "./perturb";

export type SliderName = keyof Perturbation;

interface Slider {
  label: string;
  low: number;
  high: number;
  step: number;
  format(value: number): string;
}

const degrees = (value: number) => `${value}°`;
const percent = (value: number) => `${Math.round(100 * value)}%`;

export const SLIDERS: Record<SliderName, Slider> = {
  blend: { label: "Blend", low: 0, high: 1, step: 0.05, format: percent },
  rotation: { label: "Rotate", low: -180, high: 180, step: 5, format: degrees },
  blur: { label: "Blur", low: 0, high: 0.2, step: 0.01, format: percent },
  brightness: { label: "Brightness", low: -1, high: 1, step: 0.05, format: percent },
  inversion: { label: "Invert", low: 0, high: 1, step: 0.05, format: percent },
  noise: { label: "Noise", low: 0, high: 1, step: 0.05, format: percent },
};

const NAMES = Object.keys(SLIDERS) as SliderName[];

interface Row {
  name: SliderName;
  input: HTMLInputElement;
  output: HTMLOutputElement;
}

export class Sliders {
  readonly #rows: Row[];

  /** Fills `root` with the sliders; `move` is told the new value of one that was moved. */
  constructor(root: HTMLElement, move: (name: SliderName, value: number) => void) {
    this.#rows = NAMES.map((name) => makeRow(name, move));
    root.replaceChildren(
      ...this.#rows.map(({ name, input, output }) =>
        make("label", {}, make("span", {}, SLIDERS[name].label), input, output),
      ),
    );
    this.show(NONE);
  }

  show(perturbation: Perturbation): void {
    for (const { name, input, output } of this.#rows) {
      input.value = `${perturbation[name]}`;
      output.textContent = SLIDERS[name].format(input.valueAsNumber);
    }
  }
}

function makeRow(name: SliderName, move: (name: SliderName, value: number) => void): Row {
  const { low, high, step, format } = SLIDERS[name];
  const range = { type: "range", name, min: `${low}`, max: `${high}`, step: `${step}` };
  const [input, output] = [make("input", range), make("output")];
  input.oninput = () => {
    output.textContent = format(input.valueAsNumber);
    move(name, input.valueAsNumber);
  };
  return { name, input, output };
}
