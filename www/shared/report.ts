/** Shows a report: its headline, its numbers, and bars for the classes. */
import type { Info, Report } from "she-ood";
import { at } from "./at";
import { element, make, write } from "./dom";
import { decimal, fraction, headlineOf, messageOf, probability } from "./words";

export type Range = [low: number, high: number];

/** More classes than this are cut to those with the longest bars. */
const MOST = 12;

/** Shows a headline alone, as there is no report. */
export function showNothing(state: "loading" | "waiting", words: string, detail = ""): void {
  showHeadline(state, words, detail);
  element("answers").hidden = true;
}

export function showFailure(error: unknown): void {
  showHeadline("failed", "This did not work", messageOf(error));
  element("answers").hidden = true;
}

/**
 * Lists the layers whose similarities can be shown, the last one first chosen; calls `redraw` when
 * another is.
 */
export function offerLayers({ layers }: Info, redraw: () => void): void {
  const select = layerSelect();
  select.replaceChildren(...layers.map(({ name }) => new Option(name)));
  select.selectedIndex = layers.length - 1;
  select.disabled = layers.length === 1;
  select.onchange = redraw;
}

/** Shows a report. `ranges` has what the bars span in each layer; unless given, their values. */
export function showReport(report: Report, info: Info, ranges?: Range[]): void {
  const { state, words, detail } = headlineOf(report, info);
  showHeadline(state, words, detail);
  write("score", decimal(report.score));
  write("threshold", decimal(report.threshold));
  write("p-value", fraction(report.pValue));
  showSimilarities(report, info, ranges);
  const probabilities = Array.from(
    report.probabilities,
    (value, index): Bar => [at(info.labels, index), value],
  );
  showBars("probability", probabilities, [0, 1], probability);
  element("answers").hidden = false;
}

/** The lowest and highest of some similarities, and zero. */
export function rangeOf(similarities: number[]): Range {
  return [Math.min(0, ...similarities), Math.max(0, ...similarities)];
}

function showHeadline(state: string, words: string, detail: string): void {
  element("report").dataset.state = state;
  write("words", words);
  write("detail", detail);
}

function layerSelect(): HTMLSelectElement {
  return element<HTMLSelectElement>("layer");
}

function showSimilarities(report: Report, { classes, labels }: Info, ranges?: Range[]): void {
  const layer = layerSelect().selectedIndex;
  const { similarities } = at(report.layers, layer);
  const bars = classes.map((index, row): Bar => [at(labels, index), at(similarities, row)]);
  showBars("similarities", bars, ranges?.[layer] ?? rangeOf([...similarities]), decimal);
}

type Bar = [label: string, value: number];

function showBars(id: string, bars: Bar[], range: Range, format: (value: number) => string): void {
  const largest = Math.max(...bars.map(([, value]) => value));
  const rows = longest(bars).flatMap(([label, value]) =>
    bar(label, value, range, format(value), value === largest ? "top" : ""),
  );
  element(id).replaceChildren(...rows);
}

/** All bars in their order; of many, the longest. */
function longest(bars: Bar[]): Bar[] {
  if (bars.length <= MOST) return bars;
  return [...bars].sort(([, one], [, other]) => other - one).slice(0, MOST);
}

/** The three cells of a row: label, bar, and the value in words. */
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
