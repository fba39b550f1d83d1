/** The axis of scores, with held-out pictures and samples on it: it gives a score its meaning. */
import { bin, extent, max, quantile } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Report } from "she-ood";
import { element, write } from "../shared/dom";
import { shape } from "../shared/svg";
import { decimal } from "../shared/words";
import type { ScoredSample } from "./loaded";

/** About so many columns in the histogram. */
const COLUMNS = 70;
/**
 * Shares of the held-out pictures that the axis names, each on a line of its own, the first on the
 * lowest: so no mark runs through the name of another.
 */
const TICKS = [
  [0.5, "half of what it knows"],
  [0.95, "95%"],
  [0.999, "99.9%"],
] as const;

/** Centres a text on a place in percent of the width, unless it is so near an end. */
function anchored(at: number, near: number) {
  const anchor = at < near ? "start" : at > 100 - near ? "end" : "middle";
  return { x: `${at}%`, "text-anchor": anchor };
}

export class ScoreStrip {
  readonly #svg = element<SVGSVGElement>("strip");
  /** Scores to percent of the width. */
  #x = scaleLinear([0, 100]);

  /** Draws the threshold, a histogram of the held-out scores, and the unknown samples. */
  draw(threshold: number, samples: ScoredSample[], calibration: Float32Array): void {
    const scores = [...samples.map(({ report }) => report.score), ...calibration];
    const [low = 0, high = 0] = extent([...scores, threshold]);
    const margin = (high - low) * 0.04;
    this.#x = scaleLinear([low - margin, high + margin], [0, 100]).clamp(true);
    const limit = this.#x(threshold);
    const area = { y: 16, height: 84 };
    this.#svg.replaceChildren(
      element("strip-title"),
      shape("rect", { class: "within", ...area, width: `${limit}%` }),
      shape("rect", { class: "beyond", ...area, x: `${limit}%`, width: `${100 - limit}%` }),
      ...this.#drawColumns(calibration, [low, high]),
      ...samples
        .filter(({ group }) => group !== "known")
        .map(({ report }) => this.#drawLine("sample unknown", report.score, 84, 98)),
      this.#drawLine("threshold", threshold, 16, 100),
      ...TICKS.flatMap(([part, name], line) =>
        this.#drawTick(quantile(calibration, part), name, TICKS.length - line),
      ),
    );
  }

  /** Leaves no axis, until there are scores of another network. */
  empty(): void {
    this.#svg.replaceChildren(element("strip-title"));
    write("strip-title", "The samples are being scored");
  }

  /** Marks the score of a report. */
  mark({ score, threshold, isOod }: Report): void {
    for (const old of this.#svg.querySelectorAll(".marker")) old.remove();
    const at = this.#x(score);
    this.#svg.append(
      this.#drawLine("now marker", score, 14, 102),
      shape("text", { class: "marker", y: 11, ...anchored(at, 10) }, "this one"),
    );
    const side = isOod ? "above" : "at or below";
    write("strip-title", `Score ${decimal(score)}, ${side} the threshold ${decimal(threshold)}`);
  }

  /** Names the score that a share of the held-out pictures stays below. */
  #drawTick(score: number | undefined, name: string, line: number): SVGElement[] {
    if (score === undefined) return [];
    const y = 100 + 14 * line;
    return [
      this.#drawLine("tick", score, 100, y - 10),
      shape("text", { y, ...anchored(this.#x(score), 25) }, name),
    ];
  }

  #drawColumns(calibration: Float32Array, domain: [number, number]): SVGElement[] {
    const bins = bin<number, number>().domain(domain).thresholds(COLUMNS)([...calibration]);
    const most = max(bins, ({ length }) => length) ?? 0;
    return bins.map(({ length, x0 = 0, x1 = 0 }) => {
      const [x, end] = [this.#x(x0), this.#x(x1)];
      const height = (56 * length) / most;
      const width = `${Math.max(0, end - x - 0.15)}%`;
      return shape("rect", { class: "column", x: `${x}%`, y: 80 - height, width, height });
    });
  }

  #drawLine(className: string, score: number, top: number, bottom: number): SVGElement {
    const x = `${this.#x(score)}%`;
    return shape("line", { class: className, x1: x, x2: x, y1: top, y2: bottom });
  }
}
