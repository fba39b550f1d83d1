/** Shows reports; knows nothing of where they come from. */
import { bin, extent } from "d3-array";
import type { Info, Report } from "she-ood";
import type { Kind } from "./kinds";
import type { Sample } from "./samples";
import { mark } from "./svg";
import { decimal, percent, verdictOf } from "./words";

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
  readonly #page: Document;
  #info: Info | undefined;
  #waiting: Kind["waiting"] = ["", ""];
  #x: (score: number) => number = () => 0;
  #portraits: ImageData[] = [];
  /** The lowest and highest similarity that a bar shows. */
  #range: [number, number] = [0, 1];

  constructor(page: Document) {
    this.#page = page;
  }

  /** Says what there is to do with a detector, and that it is loading. */
  load(kind: Kind): void {
    this.#write("knows", kind.knows);
    this.#write("invitation", kind.invitation);
    this.#write("input-title", kind.title);
    this.#element("pad").ariaLabel = kind.padLabel;
    this.#element("samples").replaceChildren();
    this.#element("answers").hidden = true;
    this.#headline("loading", "Loading the model …", "");
  }

  /** Takes what stays the same from verdict to verdict. */
  ready(kind: Kind, info: Info, samples: Scored[], calibration: Float32Array): void {
    this.#info = info;
    this.#waiting = kind.waiting;
    this.#portraits = [];
    this.#write("class-count", `${info.labels.length}`);
    const joined = info.layers.length > 1;
    this.#write("which-layer", joined ? `in the last of the ${info.layers.length} layers that the score joins,` : "layer");
    this.#write("layer", info.layers.at(-1)!.name);
    this.#write("id-pass-rate", `${100 * info.idPassRate}%`);
    this.#write("similarity-kind", SIMILARITY[typeof info.similarity === "string" ? info.similarity : "hopfield"]);
    this.#drawStrip(info.threshold, samples, calibration);
    const similarities = samples.flatMap(({ report }) => report.layers.at(-1)?.similarities ?? []);
    this.#range = [Math.min(0, ...similarities), Math.max(0, ...similarities)];
    this.wait();
  }

  wait(): void {
    this.#headline("waiting", ...this.#waiting);
    this.#element("answers").hidden = true;
  }

  fail(error: unknown): void {
    this.#element("answers").hidden = true;
    this.#headline("failed", "This did not work", error instanceof Error ? error.message : String(error));
  }

  show(report: Report): void {
    const { state, words, detail } = verdictOf(report);
    this.#headline(state, words, detail);
    this.#element("answers").hidden = false;
    this.#write("score", decimal(report.score));
    this.#write("threshold", decimal(report.threshold));
    this.#write("p-value", report.pValue < 0.001 ? "< 0.001" : decimal(report.pValue));
    this.#write("model-time", milliseconds(report.timings.model));
    this.#write("she-time", milliseconds(report.timings.she));
    this.#moveNow(report);
    this.#bars("similarities", this.#similarities(report), this.#range, decimal);
    this.#element("similarities").querySelectorAll("span").forEach((label, row) => this.#portray(label, row));
    this.#bars("probability", this.#probabilities(report), [0, 1], percent);
  }

  /** How far the map is. */
  placing(words: string): void {
    this.#write("map-state", words);
  }

  /** Takes the picture that each pattern is most like. */
  portraits(portraits: ImageData[]): void {
    this.#portraits = portraits;
  }

  #headline(state: string, words: string, detail: string): void {
    this.#element("verdict").dataset.state = state;
    this.#write("words", words);
    this.#write("detail", detail);
  }

  /** Label and similarity of each class, by the last layer: the one nearest to the answer. */
  #similarities(report: Report): [string, number][] {
    const similarities = report.layers.at(-1)?.similarities ?? [];
    return this.#info!.classes.map((index, row) => [this.#info!.labels[index]!, similarities[row] ?? 0]);
  }

  #portray(label: HTMLElement, row: number): void {
    const picture = this.#portraits[row];
    if (!picture) return;
    const canvas = Object.assign(this.#make("canvas", "portrait") as HTMLCanvasElement, { width: picture.width, height: picture.height });
    canvas.getContext("2d")!.putImageData(picture, 0, 0);
    label.prepend(canvas, " ");
  }

  #probabilities(report: Report): [string, number][] {
    return report.probabilities.map((value, index) => [this.#info!.labels[index]!, value]);
  }

  #bars(id: string, values: [string, number][], [low, high]: [number, number], format: (value: number) => string): void {
    const largest = Math.max(...values.map(([, value]) => value));
    const rows = values.flatMap(([label, value]) => {
      const top = value === largest ? "top" : "";
      const fill = this.#make("div", `fill ${top}`);
      fill.style.width = `${Math.max(0, Math.min(1, (value - low) / (high - low))) * 100}%`;
      const track = this.#make("div", "track");
      track.append(fill);
      return [this.#make("span", top, label), track, this.#make("output", top, format(value))];
    });
    this.#element(id).replaceChildren(...rows);
  }

  /** The axis of scores with the held-out samples and those of the page on it, so that a score means something. */
  #drawStrip(threshold: number, samples: Scored[], calibration: Float32Array): void {
    const scores = [...samples.map(({ report }) => report.score), ...calibration];
    const [low, high] = extent([...scores, threshold]) as [number, number];
    const margin = (high - low) * 0.04;
    this.#x = (score) => Math.max(0, Math.min(100, (100 * (score - low + margin)) / (high - low + 2 * margin)));
    const at = this.#x(threshold);
    this.#element("strip").replaceChildren(
      this.#element("strip-title"),
      mark("rect", "within", { x: "0%", y: 16, width: `${at}%`, height: 84 }),
      mark("rect", "beyond", { x: `${at}%`, y: 16, width: `${100 - at}%`, height: 84 }),
      ...this.#columns(calibration, [low, high]),
      ...samples.filter(({ group }) => group !== "known").map(({ report }) => this.#vertical("sample unknown", report.score, 84, 14)),
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
      return mark("rect", "column", { x: `${x}%`, y: 80 - height, width: `${Math.max(0, end - x - 0.15)}%`, height });
    });
  }

  #moveNow({ score, threshold, isOod }: Report): void {
    const strip = this.#element("strip");
    strip.querySelectorAll(".marker").forEach((old) => old.remove());
    const anchor = this.#x(score) < 10 ? "start" : this.#x(score) > 90 ? "end" : "middle";
    const line = this.#vertical("now marker", score, 14, 88);
    strip.append(line, mark("text", "marker", { x: `${this.#x(score)}%`, y: 11, "text-anchor": anchor }, "this one"));
    const side = isOod ? "above" : "at or below";
    this.#write("strip-title", `Score ${decimal(score)}, ${side} the threshold ${decimal(threshold)}`);
  }

  #vertical(className: string, score: number, y: number, height: number): SVGElement {
    const x = `${this.#x(score)}%`;
    return mark("line", className, { x1: x, x2: x, y1: y, y2: y + height });
  }

  #element(id: string): HTMLElement {
    return this.#page.getElementById(id)!;
  }

  #write(id: string, text: string): void {
    this.#element(id).textContent = text;
  }

  #make(tag: string, className: string, text = ""): HTMLElement {
    const element = this.#page.createElement(tag);
    element.className = className;
    element.textContent = text;
    return element;
  }
}

/** Browsers round their clocks to a tenth of a millisecond or more. */
function milliseconds(value: number): string {
  return value < 0.1 ? "< 0.1 ms" : `${value.toFixed(1)} ms`;
}
