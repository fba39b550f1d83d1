/** Shows the verdict on a picture: words, numbers, bars. */
import type { Info, Report } from "she-ood";
import { element, make, write } from "./dom";
import { decimal, messageOf, share, softmax, verdictOf } from "./words";

export type Range = [low: number, high: number];

/**
 * Classes beyond these are left out of the bars: the most similar and most probable ones tell
 * enough.
 */
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

/**
 * Lists the layers whose similarities can be shown. The last one, nearest to the answer, is the
 * first that is.
 */
export function offerLayers({ layers }: Info, showAgain: () => void): void {
  const select = chosenLayer();
  select.replaceChildren(...layers.map(({ name }) => new Option(name)));
  select.selectedIndex = layers.length - 1;
  select.disabled = layers.length === 1;
  select.onchange = showAgain;
}

/**
 * `ranges` are those of the similarities' bars, layer by layer: their own and zero unless given.
 */
export function showReport(report: Report, info: Info, ranges?: Range[]): void {
  const { state, words, detail } = verdictOf(report);
  headline(state, words, detail);
  write("score", decimal(report.score));
  write("threshold", decimal(report.threshold));
  write("p-value", share(report.pValue));
  const layer = chosenLayer().selectedIndex;
  const similarities = similaritiesOf(report, info, layer);
  bars(
    "similarities",
    similarities,
    ranges?.[layer] ?? rangeOf(similarities.map(([, value]) => value)),
    decimal,
  );
  bars(
    "probability",
    report.probabilities.map((value, index) => [info.labels[index]!, value]),
    [0, 1],
    softmax,
  );
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

const chosenLayer = (): HTMLSelectElement => element<HTMLSelectElement>("layer");

function similaritiesOf(
  report: Report,
  { classes, labels }: Info,
  layer: number,
): [string, number][] {
  const similarities = report.layers[layer]?.similarities ?? [];
  return classes.map((index, row) => [labels[index]!, similarities[row] ?? 0]);
}

/** All of few, in their order; the largest of many. */
function shown(values: [string, number][]): [string, number][] {
  return values.length <= MOST
    ? values
    : [...values].sort(([, one], [, other]) => other - one).slice(0, MOST);
}

function bars(
  id: string,
  values: [string, number][],
  range: Range,
  format: (value: number) => string,
): void {
  const largest = Math.max(...values.map(([, value]) => value));
  const rows = shown(values).flatMap(([label, value]) =>
    bar(label, value, range, format(value), value === largest ? "top" : ""),
  );
  element(id).replaceChildren(...rows);
}

/** The three cells of a row: what it is of, the bar, and its value in words. */
export function bar(
  label: string,
  value: number,
  [low, high]: Range,
  words: string,
  className = "",
): HTMLElement[] {
  const fill = make("div", { className: `fill ${className}` });
  fill.style.width = `${100 * Math.max(0, Math.min(1, (value - low) / (high - low || 1)))}%`;
  return [
    make("span", { className }, label),
    make("div", { className: "track" }, fill),
    make("output", { className }, words),
  ];
}
