/** The buttons that pick samples. */
import { at } from "../shared/at";
import { pictureElement } from "../shared/canvas";
import { make } from "../shared/dom";
import type { Network } from "./networks";
import type { Sample } from "./samples";

/** Buttons in a row. */
const ROW = 10;
const STEPS: Record<string, number> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  ArrowUp: -ROW,
  ArrowDown: ROW,
  Home: -Infinity,
  End: Infinity,
};

export class Gallery {
  readonly #root: HTMLElement;
  #buttons: HTMLButtonElement[] = [];

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Shows a button for each sample, group by group; `pick` is told the position of the sample. */
  fill(groups: Network["groups"], samples: Sample[], pick: (index: number) => void): void {
    this.#buttons = samples.map((sample, index) =>
      sampleButton(sample, distinctName(samples, index), () => pick(index)),
    );
    const sections = Object.entries(groups).map(([group, { title }]) =>
      makeSection(
        title,
        this.#buttons.filter((_, i) => at(samples, i).group === group),
      ),
    );
    this.#root.replaceChildren(...sections);
  }

  clear(): void {
    this.#buttons = [];
    this.#root.replaceChildren();
  }

  /** Shows one button as pressed, or none. */
  press(pressed?: number): void {
    this.#buttons.forEach((button, index) => {
      button.ariaPressed = `${index === pressed}`;
    });
  }
}

function sampleButton(sample: Sample, name: string, onclick: () => void): HTMLButtonElement {
  const properties = { type: "button", title: sample.name, onclick } as const;
  const button = make("button", properties, pictureElement(sample.picture));
  button.ariaLabel = name;
  button.ariaPressed = "false";
  return button;
}

/** The name of a sample, counted where several share it. */
function distinctName(samples: Sample[], index: number): string {
  const { name } = at(samples, index);
  const before = samples.slice(0, index).filter((other) => other.name === name).length;
  return before > 0 ? `${name} (${before + 1})` : name;
}

function makeSection(title: string, buttons: HTMLElement[]): HTMLElement {
  joinForKeyboard(buttons);
  const tiles = make("div", { className: "tiles" }, ...buttons);
  return make("section", { className: "group" }, make("h3", {}, title), tiles);
}

/** Makes buttons one stop for the tab key, from which the arrow keys go to the others. */
function joinForKeyboard(buttons: HTMLElement[]): void {
  const visit = (visited: HTMLElement | undefined) => {
    for (const button of buttons) button.tabIndex = button === visited ? 0 : -1;
  };
  visit(buttons[0]);
  buttons.forEach((button, index) => {
    button.onfocus = () => visit(button);
    button.onkeydown = (event) => {
      const step = STEPS[event.key];
      if (step === undefined) return;
      event.preventDefault();
      at(buttons, Math.max(0, Math.min(buttons.length - 1, index + step))).focus();
    };
  });
}
