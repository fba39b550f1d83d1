/** The way of a score while a slider moves. */
import type { Push } from "./perturb";
import { rangeOf } from "./sliders";
import { mark } from "../shared/svg";

const [WIDTH, HEIGHT] = [100, 40];

export class Path {
  readonly #svg: SVGSVGElement;
  #name: keyof Push | undefined;
  #points = new Map<number, number>();
  #low = 0;
  #high = 1;
  #threshold = 0;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
  }

  /** Takes the scores that can be expected, and the threshold between them. */
  scale([low, high]: [number, number], threshold: number): void {
    [this.#low, this.#high, this.#threshold] = [low, high, threshold];
    this.clear();
  }

  clear(): void {
    this.#points.clear();
    this.#name = undefined;
    this.#svg.replaceChildren();
  }

  /** Adds the score where a slider stands; another slider begins another path. */
  add(name: keyof Push, value: number, score: number): void {
    if (name !== this.#name) this.#points.clear();
    this.#name = name;
    this.#points.set(value, score);
    this.#draw(value, score);
  }

  #draw(value: number, score: number): void {
    const { low, high, label } = rangeOf(this.#name!);
    const x = (at: number) => (WIDTH * (at - low)) / (high - low);
    const y = (of: number) =>
      HEIGHT * (1 - Math.max(0, Math.min(1, (of - this.#low) / (this.#high - this.#low))));
    const points = [...this.#points]
      .sort(([one], [other]) => one - other)
      .map(([at, of]) => `${x(at)},${y(of)}`);
    const limit = y(this.#threshold);
    const side = score > this.#threshold ? "above" : "at or below";
    this.#svg.replaceChildren(
      mark(
        "title",
        "",
        {},
        `${label}: ${this.#points.size} scores, now ${score.toFixed(3)}, ${side} the threshold`,
      ),
      mark("rect", "beyond", { x: 0, y: 0, width: WIDTH, height: limit }),
      mark("rect", "within", { x: 0, y: limit, width: WIDTH, height: HEIGHT - limit }),
      mark("line", "threshold", { x1: 0, x2: WIDTH, y1: limit, y2: limit }),
      mark("polyline", "way", { points: points.join(" ") }),
      mark("line", "here", { x1: x(value), x2: x(value), y1: y(score), y2: y(score) }),
    );
  }
}
