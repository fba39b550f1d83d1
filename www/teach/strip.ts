/** The similarity to each class, as bars that move: they are made once and changed many times. */
import { at } from "../shared/at";
import { make } from "../shared/dom";
import { decimal } from "../shared/words";

/** Of more classes, the most similar are shown. */
const MOST = 8;

interface Row {
  label: HTMLElement;
  fill: HTMLElement;
  value: HTMLElement;
}

export class Strip {
  readonly #place: HTMLElement;
  #rows: Row[] = [];

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  show(labels: string[], similarities: number[]): void {
    const shown = mostSimilar(similarities);
    const highest = Math.max(...similarities);
    this.#make(shown.length);
    shown.forEach((index, row) => {
      const similarity = at(similarities, index);
      change(at(this.#rows, row), at(labels, index), similarity, similarity === highest);
    });
  }

  #make(count: number): void {
    if (this.#rows.length === count) return;
    this.#rows = Array.from({ length: count }, makeRow);
    this.#place.replaceChildren(
      ...this.#rows.flatMap(({ label, fill, value }) => [
        label,
        make("div", { className: "track" }, fill),
        value,
      ]),
    );
  }
}

/** All in their order; of many, the most similar. */
function mostSimilar(similarities: number[]): number[] {
  const order = similarities.map((_, index) => index);
  if (order.length <= MOST) return order;
  return order.sort((a, b) => at(similarities, b) - at(similarities, a)).slice(0, MOST);
}

function makeRow(): Row {
  return {
    label: make("span", { className: "name" }),
    fill: make("div", { className: "fill" }),
    value: make("output"),
  };
}

function change({ label, fill, value }: Row, text: string, similarity: number, isTop: boolean) {
  label.textContent = text;
  value.textContent = decimal(similarity);
  fill.style.width = `${100 * Math.max(0, Math.min(1, similarity))}%`;
  for (const part of [label, fill, value]) part.classList.toggle("top", isTop);
}
