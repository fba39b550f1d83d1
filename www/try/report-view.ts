/** Shows reports; knows nothing of where they come from. */
import { bin, extent } from "d3-array";
import type { Info, Report } from "she-ood";
import type { Kind } from "./networks";
import { element, write } from "../shared/dom";
import { type Sample, shown } from "./samples";
import { mark } from "../shared/svg";
import { type Range, bar, offerLayers, rangeOf, showNothing, showReport } from "../shared/report";
import { decimal, percent } from "../shared/words";

const SIMILARITY = {
  inner: "Inner product",
  dot: "Inner product",
  cosine: "Cosine",
  euclidean: "Negative distance",
  hopfield: "Hopfield energy",
};

/** About so many columns in the histogram. */
const COLUMNS = 70;

type Scored = Sample & { report: Report };

export class View {
  #info: Info | undefined;
  #waiting: Kind["waiting"] = ["", ""];
  #shown: Report | undefined;
  #x: (score: number) => number = () => 0;
  /** For each pattern, the picture that it is most like, drawn once. */
  #portraits: (Node | string)[][] = [];
  /**
   * The lowest and highest similarity to any class, and to the nearest one, that a bar shows; layer
   * by layer.
   */
  #ranges: Range[] = [];
  #nearest: Range[] = [];

  /** Says what there is to do with a detector, and that it is loading. */
  load(kind: Kind): void {
    write("knows", kind.knows);
    write("invitation", kind.invitation);
    write("input-title", kind.title);
    element("pad").ariaLabel = kind.padLabel;
    write("hint", kind.hint);
    element("samples").replaceChildren();
    element("push").hidden = true;
    showNothing("loading", "Loading the model …");
  }

  /** Takes what stays the same from verdict to verdict. */
  ready(kind: Kind, info: Info, samples: Scored[], calibration: Float32Array): void {
    this.#info = info;
    this.#shown = undefined;
    this.#waiting = kind.waiting;
    this.#portraits = [];
    write("class-count", `${info.labels.length}`);
    const joined = info.layers.length;
    element("by-layer-figure").hidden = joined === 1;
    write(
      "joined",
      info.aggregator.kind === "std"
        ? `The mean of ${joined} layers, each over the standard deviation of its scores.`
        : "",
    );
    offerLayers(info, () => this.#shown && this.show(this.#shown));
    write("id-pass-rate", percent(info.idPassRate));
    write(
      "similarity-kind",
      SIMILARITY[typeof info.similarity === "string" ? info.similarity : "hopfield"],
    );
    this.#drawStrip(info.threshold, samples, calibration);
    const similarities = info.layers.map((_, layer) =>
      samples.map(({ report }) => report.layers[layer]!.similarities),
    );
    this.#ranges = similarities.map((each) => rangeOf(each.flat()));
    this.#nearest = similarities.map((each) => extent(each, (one) => Math.max(...one)) as Range);
    this.wait();
  }

  wait(): void {
    element("push").hidden = true;
    showNothing("waiting", ...this.#waiting);
  }

  show(report: Report): void {
    this.#shown = report;
    element("push").hidden = false;
    showReport(report, this.#info!, this.#ranges);
    this.#showLayers(report);
    write("model-time", milliseconds(report.timings.model));
    write("she-time", milliseconds(report.timings.she));
    this.#moveNow(report);
    element("similarities")
      .querySelectorAll("span")
      .forEach((label, row) => label.prepend(...(this.#portraits[row] ?? [])));
  }

  /** The nearest pattern in each layer. */
  #showLayers({ layers }: Report): void {
    const { classes, labels } = this.#info!;
    const rows = layers.flatMap(({ name, similarities }, layer) => {
      const most = Math.max(...similarities);
      return bar(
        name,
        most,
        this.#nearest[layer]!,
        `${decimal(most)} ${labels[classes[similarities.indexOf(most)]!]}`,
      );
    });
    element("by-layer").replaceChildren(...rows);
  }

  /** How far the map is. */
  placing(words: string): void {
    write("map-state", words);
  }

  /** Takes the picture that each pattern is most like. */
  portraits(portraits: ImageData[]): void {
    this.#portraits = portraits.map((picture) => [
      Object.assign(shown(picture), { className: "portrait" }),
      " ",
    ]);
  }

  /**
   * The axis of scores with the held-out samples and those of the page on it, so that a score means
   * something.
   */
  #drawStrip(threshold: number, samples: Scored[], calibration: Float32Array): void {
    const scores = [...samples.map(({ report }) => report.score), ...calibration];
    const [low, high] = extent([...scores, threshold]) as [number, number];
    const margin = (high - low) * 0.04;
    this.#x = (score) =>
      Math.max(0, Math.min(100, (100 * (score - low + margin)) / (high - low + 2 * margin)));
    const at = this.#x(threshold);
    element("strip").replaceChildren(
      element("strip-title"),
      mark("rect", "within", { x: "0%", y: 16, width: `${at}%`, height: 84 }),
      mark("rect", "beyond", { x: `${at}%`, y: 16, width: `${100 - at}%`, height: 84 }),
      ...this.#columns(calibration, [low, high]),
      ...samples
        .filter(({ group }) => group !== "known")
        .map(({ report }) => this.#vertical("sample unknown", report.score, 84, 14)),
      this.#vertical("threshold", threshold, 16, 84),
      mark("text", "", { x: `${at}%`, y: 114, "text-anchor": "middle" }, "threshold"),
    );
  }

  /** The histogram of the held-out samples. */
  #columns(calibration: Float32Array, domain: [number, number]): SVGElement[] {
    const bins = bin<number, number>().domain(domain).thresholds(COLUMNS)([...calibration]);
    const most = Math.max(...bins.map(({ length }) => length));
    return bins.map((each) => {
      const [x, end] = [this.#x(each.x0!), this.#x(each.x1!)];
      const height = (56 * each.length) / most;
      return mark("rect", "column", {
        x: `${x}%`,
        y: 80 - height,
        width: `${Math.max(0, end - x - 0.15)}%`,
        height,
      });
    });
  }

  #moveNow({ score, threshold, isOod }: Report): void {
    const strip = element("strip");
    strip.querySelectorAll(".marker").forEach((old) => old.remove());
    const anchor = this.#x(score) < 10 ? "start" : this.#x(score) > 90 ? "end" : "middle";
    const line = this.#vertical("now marker", score, 14, 88);
    strip.append(
      line,
      mark("text", "marker", { x: `${this.#x(score)}%`, y: 11, "text-anchor": anchor }, "this one"),
    );
    const side = isOod ? "above" : "at or below";
    write("strip-title", `Score ${decimal(score)}, ${side} the threshold ${decimal(threshold)}`);
  }

  #vertical(className: string, score: number, y: number, height: number): SVGElement {
    const x = `${this.#x(score)}%`;
    return mark("line", className, { x1: x, x2: x, y1: y, y2: y + height });
  }
}

/** Browsers round their clocks to a tenth of a millisecond or more. */
function milliseconds(value: number): string {
  return value < 0.1 ? "< 0.1 ms" : `${value.toFixed(1)} ms`;
}
