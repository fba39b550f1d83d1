/** Shows reports; knows nothing of where they come from. */
import type { Info, Report } from "she-ood";
import type { Sample } from "./samples";

const SVG = "http://www.w3.org/2000/svg";
const SIMILARITY: Record<Info["similarity"], string> = {
  inner: "Inner product",
  cosine: "Cosine",
  euclidean: "Negative distance",
};

type Scored = Sample & { report: Report };

export class View {
  readonly #page: Document;
  readonly #number = new Intl.NumberFormat("en", { maximumFractionDigits: 3, minimumFractionDigits: 3 });
  readonly #percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
  #info: Info | undefined;
  #x: (score: number) => number = () => 0;

  constructor(page: Document) {
    this.#page = page;
  }

  /** Takes what stays the same from verdict to verdict. */
  ready(info: Info, samples: Scored[]): void {
    this.#info = info;
    this.#write("similarity-kind", SIMILARITY[info.similarity]);
    this.#drawStrip(info.threshold, samples);
    this.wait();
  }

  wait(): void {
    this.#headline("waiting", "Draw something", "or pick a sample.");
    this.#element("answers").hidden = true;
  }

  fail(error: unknown): void {
    this.#headline("failed", "This did not work", error instanceof Error ? error.message : String(error));
  }

  show(report: Report): void {
    const { predicted, nearest, isOod } = report;
    const sure = this.#percent.format(predicted.probability);
    if (isOod) {
      this.#headline("unknown", "Never seen anything like it", `Out-of-distribution, though the classifier says ${predicted.label}, ${sure} sure.`);
    } else {
      this.#headline("known", `It is a ${nearest.label}`, `In-distribution, and the classifier says ${predicted.label}, ${sure} sure.`);
    }
    this.#element("answers").hidden = false;
    this.#write("score", this.#number.format(report.score));
    this.#write("threshold", this.#number.format(report.threshold));
    this.#write("p-value", this.#number.format(report.pValue));
    this.#write("model-time", milliseconds(report.timings.model));
    this.#write("she-time", milliseconds(report.timings.she));
    this.#moveNow(report);
    this.#bars("similarities", this.#similarities(report), (value) => this.#number.format(value));
    this.#bars("probability", this.#probabilities(report), (value) => this.#percent.format(value));
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

  #probabilities(report: Report): [string, number][] {
    return report.probabilities.map((value, index) => [this.#info!.labels[index]!, value]);
  }

  #bars(id: string, values: [string, number][], format: (value: number) => string): void {
    const largest = Math.max(...values.map(([, value]) => value));
    const rows = values.flatMap(([label, value]) => {
      const top = value === largest ? "top" : "";
      const fill = this.#make("div", `fill ${top}`);
      fill.style.width = `${Math.max(0, Math.min(1, value)) * 100}%`;
      const track = this.#make("div", "track");
      track.append(fill);
      return [this.#make("span", top, label), track, this.#make("output", top, format(value))];
    });
    this.#element(id).replaceChildren(...rows);
  }

  /** The axis of scores with every sample on it, so that a score means something. */
  #drawStrip(threshold: number, samples: Scored[]): void {
    const scores = samples.map(({ report }) => report.score);
    const [low, high] = [Math.min(...scores, threshold), Math.max(...scores, threshold)];
    const margin = (high - low) * 0.04;
    this.#x = (score) => Math.max(0, Math.min(100, (100 * (score - low + margin)) / (high - low + 2 * margin)));
    const at = this.#x(threshold);
    this.#element("strip").append(
      mark("rect", "within", { x: "0%", y: 26, width: `${at}%`, height: 34 }),
      mark("rect", "beyond", { x: `${at}%`, y: 26, width: `${100 - at}%`, height: 34 }),
      ...samples.map(({ group, report }) => {
        const [kind, y] = group === "known" ? ["known", 28] : ["unknown", 44];
        return this.#vertical(`sample ${kind}`, report.score, y as number, 14);
      }),
      this.#vertical("threshold", threshold, 20, 46),
      mark("text", "", { x: `${at}%`, y: 82, "text-anchor": "middle" }, "threshold"),
    );
  }

  #moveNow({ score, threshold, isOod }: Report): void {
    const strip = this.#element("strip");
    strip.querySelectorAll(".marker").forEach((old) => old.remove());
    const anchor = this.#x(score) < 10 ? "start" : this.#x(score) > 90 ? "end" : "middle";
    const line = this.#vertical("now marker", score, 16, 50);
    strip.append(line, mark("text", "marker", { x: `${this.#x(score)}%`, y: 11, "text-anchor": anchor }, "this one"));
    const side = isOod ? "above" : "at or below";
    this.#write("strip-title", `Score ${this.#number.format(score)}, ${side} the threshold ${this.#number.format(threshold)}`);
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

function mark(tag: string, className: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const element = document.createElementNS(SVG, tag);
  if (className) element.setAttribute("class", className);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.textContent = text;
  return element;
}

function milliseconds(value: number): string {
  return `${value.toFixed(2)} ms`;
}
