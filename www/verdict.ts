/** Shows the verdict on a picture: words, numbers, bars. */
import type { Info, Report } from "she-ood";
import { element, make, write } from "./dom";
import { decimal, messageOf, percent, verdictOf } from "./words";

type Range = [low: number, high: number];

/** Classes beyond these are left out of the bars: the most similar and most probable ones tell enough. */
const MOST = 12;

/** There is nothing to show bars of. */
export function showNothing(state: "loading" | "waiting", words: string, detail = ""): void {
  headline(state, words, detail);
  element("answers").hidden = true;
}

export function showFailure(error: unknown): void {
  headline("failed", "This did not work", messageOf(error));
  element("answers").hidden = true;
}

/** `range` is that of the similarities' bars, their own and zero unless given. */
export function showReport(report: Report, info: Info, range?: Range): void {
  const { state, words, detail } = verdictOf(report);
  headline(state, words, detail);
  write("score", decimal(report.score));
  write("threshold", decimal(report.threshold));
  write("p-value", report.pValue < 0.001 ? "< 0.001" : decimal(report.pValue));
  const similarities = similaritiesOf(report, info);
  bars("similarities", similarities, range ?? rangeOf(similarities.map(([, value]) => value)), decimal);
  bars("probability", report.probabilities.map((value, index) => [info.labels[index]!, value]), [0, 1], percent);
  element("answers").hidden = false;
}

/** The lowest and highest of some similarities, and zero. */
export function rangeOf(similarities: number[]): Range {
  return [Math.min(0, ...similarities), Math.max(0, ...similarities)];
}

function headline(state: string, words: string, detail: string): void {
  element("verdict").dataset.state = state;
  write("words", words);
  write("detail", detail);
}

/** By the last layer: the one nearest to the answer. */
function similaritiesOf(report: Report, { classes, labels }: Info): [string, number][] {
  const similarities = report.layers.at(-1)?.similarities ?? [];
  return classes.map((index, row) => [labels[index]!, similarities[row] ?? 0]);
}

/** All of few, in their order; the largest of many. */
function shown(values: [string, number][]): [string, number][] {
  return values.length <= MOST ? values : [...values].sort(([, one], [, other]) => other - one).slice(0, MOST);
}

function bars(id: string, values: [string, number][], [low, high]: Range, format: (value: number) => string): void {
  const largest = Math.max(...values.map(([, value]) => value));
  const rows = shown(values).flatMap(([label, value]) => {
    const top = value === largest ? "top" : "";
    const fill = make("div", { className: `fill ${top}` });
    fill.style.width = `${100 * Math.max(0, Math.min(1, (value - low) / (high - low || 1)))}%`;
    return [make("span", { className: top }, label), make("div", { className: "track" }, fill), make("output", { className: top }, format(value))];
  });
  element(id).replaceChildren(...rows);
}
