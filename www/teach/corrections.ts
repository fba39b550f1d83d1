/** "That was wrong: it is a …", a press for each class. */
import { element, make } from "../shared/dom";
import type { Lesson, TaughtClass } from "./lesson";

/** More classes than this are a list to choose from. */
const MOST_BUTTONS = 8;

export class Corrections {
  readonly #place = element("corrections");
  readonly #correct: (taught: TaughtClass) => void;
  /** The labels that there are, so that a button stays the one that is pressed. */
  #labels = "";

  constructor(correct: (taught: TaughtClass) => void) {
    this.#correct = correct;
  }

  update({ classes }: Lesson): void {
    const labels = JSON.stringify(classes.map(({ label }) => label));
    if (labels === this.#labels) return;
    this.#labels = labels;
    this.#place.replaceChildren(
      ...(classes.length > MOST_BUTTONS ? [this.#list(classes)] : this.#buttons(classes)),
    );
  }

  #buttons(classes: TaughtClass[]): HTMLElement[] {
    return classes.map((taught) => {
      const button = make("button", { type: "button" }, taught.label);
      button.onclick = () => this.#correct(taught);
      return button;
    });
  }

  #list(classes: TaughtClass[]): HTMLElement {
    const select = make("select", { ariaLabel: "What it is" }, new Option("choose …", ""));
    select.append(...classes.map(({ label }) => new Option(label)));
    select.onchange = () => {
      const taught = classes[select.selectedIndex - 1];
      select.selectedIndex = 0;
      if (taught) this.#correct(taught);
    };
    return select;
  }
}
