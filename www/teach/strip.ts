/** The similarity to each class, as bars that move: they are made once and changed many times. */
import { at } from "../shared/at";
import { make } from "../shared/dom";

/** Of more classes, the most similar are shown. */
const MOST = 8;

interface Row {
  label: HTMLElement;
  fill: HTMLElement;
  value: HTMLElement;
}

interface Bar {
  value: number;
  fraction: number;
  isTop: boolean;
}

export class Strip {
  readonly #place: HTMLElement;
  #rows: Row[] = [];

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  /** Shows similarities: the middle of a bar is the threshold, while there is none the highest. */
  show(labels: string[], similarities: number[], threshold: number): void {
    const shown = mostSimilar(similarities);
    const highest = Math.max(...similarities);
    const limit = Number.isFinite(threshold) ? -threshold : highest;
    this.#make(shown.length);
    for (const [row, index] of shown.entries()) {
      const value = at(similarities, index);
      const bar = { value, fraction: fractionOf(value, limit), isTop: value === highest };
      change(at(this.#rows, row), at(labels, index), bar);
    }
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

/**
 * The part of a bar that is full: half at the limit, and most change near it, as strangers can be
 * any distance away.
 */
export function fractionOf(similarity: number, limit: number): number {
  const above = similarity - limit;
  return 0.5 + (0.5 * above) / (Math.abs(above) + Math.abs(limit) + 1);
}

function change({ label, fill, value }: Row, text: string, bar: Bar): void {
  label.textContent = text;
  value.textContent = bar.value.toFixed(1).replace("-", "−");
  fill.style.width = `${100 * bar.fraction}%`;
  for (const part of [label, fill, value]) part.classList.toggle("top", bar.isTop);
}
