/** Shows the verdict on a picture. */
import type { Info, Report } from "she-ood/worker";
import { element, make, write } from "../dom";
import { decimal, percent, verdictOf } from "../words";

/** Classes beyond these are left out of the bars: the most similar and most probable ones tell enough. */
const MOST = 12;

export function showWaiting(words: string): void {
  headline("waiting", words, "");
  element("answers").hidden = true;
}

export function showFailure(message: string): void {
  headline("failed", "This did not work", message);
  element("answers").hidden = true;
}

export function showReport(report: Report, info: Info): void {
  const { state, words, detail } = verdictOf(report);
  headline(state, words, detail);
  write("score", decimal(report.score));
  write("threshold", decimal(report.threshold));
  write("p-value", report.pValue < 0.001 ? "< 0.001" : decimal(report.pValue));
  const similarities = similaritiesOf(report, info);
  const values = similarities.map(([, value]) => value);
  bars("similarities", similarities, [Math.min(0, ...values), Math.max(0, ...values)], decimal);
  bars("probability", report.probabilities.map((value, index) => [info.labels[index]!, value]), [0, 1], percent);
  element("answers").hidden = false;
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

function bars(id: string, values: [string, number][], [low, high]: [number, number], format: (value: number) => string): void {
  const largest = Math.max(...values.map(([, value]) => value));
  const rows = shown(values).flatMap(([label, value]) => {
    const top = value === largest ? "top" : "";
    const fill = make("div", { className: `fill ${top}` });
    fill.style.width = `${(100 * (value - low)) / (high - low || 1)}%`;
    return [make("span", { className: top }, label), make("div", { className: "track" }, fill), make("output", { className: top }, format(value))];
  });
  element(id).replaceChildren(...rows);
}

let address: string | undefined;

/** Shows the picture that is judged, as far as the browser can. */
export function showPicture(file: File): void {
  if (address) URL.revokeObjectURL(address);
  const picture = element<HTMLImageElement>("picture");
  picture.src = address = URL.createObjectURL(file);
  picture.alt = file.name;
  picture.hidden = false;
  picture.onerror = () => (picture.hidden = true);
}
