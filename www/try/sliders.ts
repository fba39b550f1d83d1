/** The controls that push a picture, and the path that its score takes. */
import { NONE, type Push } from "./perturb";

type Name = keyof Push;

const SLIDERS: Record<
  Name,
  { label: string; low: number; high: number; step: number; format(value: number): string }
> = {
  rotation: { label: "Rotate", low: -180, high: 180, step: 5, format: (value) => `${value}°` },
  blend: { label: "Blend", low: 0, high: 1, step: 0.05, format: percent },
  blur: { label: "Blur", low: 0, high: 0.2, step: 0.01, format: percent },
  brightness: { label: "Brightness", low: -1, high: 1, step: 0.05, format: percent },
  inversion: { label: "Invert", low: 0, high: 1, step: 0.05, format: percent },
  noise: { label: "Noise", low: 0, high: 1, step: 0.05, format: percent },
};

export class Sliders {
  /** Called with the push and the slider that was moved. */
  onMove: (push: Push, name: Name) => void = () => {};

  readonly #inputs = new Map<Name, HTMLInputElement>();
  readonly #outputs = new Map<Name, HTMLOutputElement>();

  constructor(root: HTMLElement) {
    root.replaceChildren(...Object.keys(SLIDERS).map((name) => this.#slider(name as Name)));
  }

  get push(): Push {
    const values = [...this.#inputs].map(([name, input]) => [name, input.valueAsNumber]);
    return Object.fromEntries(values) as Push;
  }

  set push(push: Push) {
    for (const [name, input] of this.#inputs) {
      input.value = `${push[name]}`;
      this.#outputs.get(name)!.textContent = SLIDERS[name].format(input.valueAsNumber);
    }
  }

  /** Whether they leave the picture as it is. */
  get neutral(): boolean {
    return Object.values(this.push).every((value) => value === 0);
  }

  reset(): void {
    this.push = NONE;
  }

  #slider(name: Name): HTMLElement {
    const { label, low, high, step, format } = SLIDERS[name];
    const row = document.createElement("label");
    const input = Object.assign(document.createElement("input"), {
      type: "range",
      min: `${low}`,
      max: `${high}`,
      step: `${step}`,
      value: "0",
    });
    input.name = name;
    const output = Object.assign(document.createElement("output"), { textContent: format(0) });
    input.oninput = () => {
      output.textContent = format(input.valueAsNumber);
      this.onMove(this.push, name);
    };
    this.#inputs.set(name, input);
    this.#outputs.set(name, output);
    row.append(
      Object.assign(document.createElement("span"), { textContent: label }),
      input,
      output,
    );
    return row;
  }
}

/** Where a slider begins and ends, and what it is called. */
export const rangeOf = (name: Name) => SLIDERS[name];

function percent(value: number): string {
  return `${Math.round(100 * value)}%`;
}
