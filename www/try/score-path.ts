/** The scores that a moving slider has passed, and their drawing. */
import { scaleLinear } from "d3-scale";
import { line, type Point, shape } from "../shared/svg";
import { SLIDERS, type SliderName } from "./sliders";

/** Scores by the value of one slider. */
export interface ScorePath {
  slider: SliderName;
  scores: Map<number, number>;
  /** The last score that came. */
  now?: { value: number; score: number };
}

/** Continues a path while the same slider moves; another slider begins another. */
export function pathOf(slider: SliderName, before: ScorePath | undefined): ScorePath {
  return before?.slider === slider ? before : { slider, scores: new Map() };
}

/** A whole path, on which what a visitor has moved meanwhile goes on. */
export function joinPaths(whole: ScorePath, moved: ScorePath | undefined): ScorePath {
  if (!moved) return whole;
  if (moved.slider !== whole.slider) return moved;
  return { ...whole, ...moved, scores: new Map([...whole.scores, ...moved.scores]) };
}

export function record(path: ScorePath, value: number, score: number): void {
  path.scores.set(value, score);
  path.now = { value, score };
}

/** In units of the drawing, which is stretched to its place on the page. */
const [WIDTH, HEIGHT] = [100, 40];

export class PathChart {
  readonly #svg: SVGSVGElement;
  #y = scaleLinear();
  #threshold = 0;

  constructor(svg: SVGSVGElement) {
    this.#svg = svg;
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("preserveAspectRatio", "none");
  }

  /** Takes the lowest and highest score to expect, and the threshold between them. */
  scale(scores: [low: number, high: number], threshold: number): void {
    this.#y = scaleLinear(scores, [HEIGHT, 0]).clamp(true);
    this.#threshold = threshold;
  }

  /** Draws a path; clears the drawing where nothing has been scored. */
  draw(path: ScorePath | undefined): void {
    this.#svg.replaceChildren(...(path ? this.#shapes(path) : []));
  }

  #shapes({ slider, scores, now }: ScorePath): SVGElement[] {
    const { low, high, label } = SLIDERS[slider];
    const [x, y] = [scaleLinear([low, high], [0, WIDTH]), this.#y];
    const sorted = [...scores].sort(([one], [other]) => one - other);
    const points = sorted.map(([value, score]): Point => [x(value), y(score)]);
    const limit = y(this.#threshold);
    return [
      shape("title", {}, `${label}: ${scores.size} scores${this.#last(now)}`),
      shape("rect", { class: "beyond", width: WIDTH, height: limit }),
      shape("rect", { class: "within", y: limit, width: WIDTH, height: HEIGHT - limit }),
      shape("line", { class: "threshold", x2: WIDTH, y1: limit, y2: limit }),
      line({ class: "path" }, points),
      ...(now ? [dot(x(now.value), y(now.score))] : []),
    ];
  }

  #last(now: ScorePath["now"]): string {
    if (!now) return "";
    const side = now.score > this.#threshold ? "above" : "at or below";
    return `, now ${now.score.toFixed(3)}, ${side} the threshold`;
  }
}

/** A line of no length, which stays round however the drawing is stretched. */
function dot(x: number, y: number): SVGElement {
  return shape("line", { class: "here", x1: x, x2: x, y1: y, y2: y });
}
