/** The layers of a classifier, in which those of a fit are checked. */
import type { Layer } from "she-ood";
import { make } from "../shared/dom";
import { Latest } from "../shared/latest";
import { CLASSIFIERS, type ClassifierName } from "./classifiers";
import { listLayers } from "./detector";

export class LayerList {
  readonly #root: HTMLElement;
  readonly #complain: (error?: unknown) => void;
  readonly #listing: Latest;
  #listed: ClassifierName | undefined;
  /** To be checked as soon as they are listed. */
  #wanted: string[] = [];

  /** Calls `complain` with what went wrong, and without anything when all is well again. */
  constructor(root: HTMLElement, complain: (error?: unknown) => void) {
    this.#root = root;
    this.#complain = complain;
    this.#listing = new Latest(
      () => {},
      (error) => {
        this.#listed = undefined;
        this.#root.replaceChildren();
        complain(error);
      },
    );
  }

  /** Lists the layers of a classifier, unless they are listed already. */
  show(name: ClassifierName): void {
    if (this.#listed === name) return;
    this.#listed = name;
    if (this.#wanted.length === 0) this.#wanted = CLASSIFIERS[name].layers.slice(-1);
    const wanted = this.#wanted;
    this.#complain();
    this.#root.replaceChildren("Reading the model …");
    void this.#listing.replace(async () => {
      const layers = await listLayers(CLASSIFIERS[name]);
      return () => {
        this.#root.replaceChildren(...layers.map((layer) => makeChoice(layer, wanted)));
        this.#wanted = [];
        this.#reveal();
      };
    });
  }

  /** Lists the layers anew when next asked, with these checked. */
  forget(wanted: string[]): void {
    this.#wanted = wanted;
    this.#listed = undefined;
  }

  check(names: string[]): void {
    for (const box of this.#boxes()) box.checked = names.includes(box.value);
    this.#reveal();
  }

  checked(): string[] {
    if (this.#wanted.length > 0) return this.#wanted;
    return this.#boxes()
      .filter(({ checked }) => checked)
      .map(({ value }) => value);
  }

  /** Scrolls the list, and not the page, to the last layer that is checked. */
  #reveal(): void {
    const checked = this.#boxes().filter((box) => box.checked);
    const last = checked.at(-1)?.parentElement;
    if (!last) return;
    const middle = this.#root.clientHeight / 2;
    this.#root.scrollTop = last.offsetTop - this.#root.offsetTop - middle;
  }

  #boxes(): HTMLInputElement[] {
    return [...this.#root.querySelectorAll("input")];
  }
}

function makeChoice({ name, op, shape }: Layer, wanted: string[]): HTMLElement {
  const checked = wanted.includes(name);
  const box = make("input", { type: "checkbox", name: "layer", value: name, checked });
  const detail = make("small", {}, `${op} ${shape.join(" × ")}`);
  return make("label", {}, box, make("code", {}, name), " ", detail);
}
