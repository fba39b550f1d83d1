/** The result of a fit: figures, warnings, and a row for each class. */
import { at } from "../shared/at";
import type { Info, Warning } from "she-ood/worker";
import { type Answers, accuracyOf } from "./accuracy";
import { element, make } from "../shared/dom";
import { fewest } from "./settings";
import { plural, decimal, percent } from "../shared/words";

export interface Result {
  /** None when there is no detector, as the model recognises no picture. */
  info: Info | undefined;
  folders: string[];
  /** The output of each folder. */
  outputs: number[];
  answers: Answers[];
  /** Names of files that could not be read. */
  unread: string[];
}

export function showResult(result: Result): void {
  element("figures").replaceChildren(
    ...figuresOf(result).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
  element("warnings").replaceChildren(...warningsOf(result).map((words) => make("li", {}, words)));
  element("per-class").replaceChildren(
    ...result.folders.map((name, folder) => row(result, name, folder)),
  );
}

function figuresOf({ info, answers }: Result): [string, string][] {
  const looked = answers.reduce((sum, { total }) => sum + total, 0);
  const accuracy: [string, string] = [
    "Recognised by the model",
    `${percent(accuracyOf(answers))} of ${plural(looked, "picture")}`,
  ];
  return info ? [accuracy, ...figuresOfDetector(info)] : [accuracy];
}

function figuresOfDetector({
  counts,
  classes,
  threshold,
  calibrationSize,
  idPassRate,
  passRateInterval,
}: Info): [string, string][] {
  const behind = counts.reduce((sum, count) => sum + count, 0);
  const between = passRateInterval.map((share) => percent(share)).join(" and ");
  return [
    [
      "Patterns",
      `${classes.length === 1 ? "1 class" : `${classes.length} classes`}, from ${plural(behind, "picture")}`,
    ],
    ["Threshold", `${decimal(threshold)}, set by ${plural(calibrationSize, "held-out picture")}`],
    [
      "Pass rate",
      `${percent(idPassRate)} asked for${threshold < Infinity ? `; between ${between} with 95% certainty` : ""}`,
    ],
  ];
}

/** In the order in which they are worth looking at. */
function warningsOf(result: Result): string[] {
  const { info, answers, unread } = result;
  const low = info
    ? warned(info, "few-correct") !== undefined
    : accuracyOf(answers) < 0.5 && answers.some(({ total }) => total > 0);
  return [
    ...(low
      ? [
          "The model gets many of these pictures wrong. Either the outputs of the classes are in another order, or the normalisation differs from training. The table says what the model answers.",
        ]
      : []),
    ...(info ? detectorWarnings(result, info) : []),
    ...(unread.length > 0
      ? [
          `${plural(unread.length, "file")} could not be read and took no part: ${unread.slice(0, 5).join(", ")}${unread.length > 5 ? " …" : ""}`,
        ]
      : []),
  ];
}

function warned({ warnings }: Info, code: Warning["code"]): string | undefined {
  return warnings.find((warning) => warning.code === code)?.message;
}

function detectorWarnings({ folders, outputs, answers }: Result, info: Info): string[] {
  const { calibrationSize, idPassRate, classes, passRateInterval } = info;
  const without = folders
    .map((name, folder) => ({ name, looked: at(answers, folder).total }))
    .filter((_, folder) => !classes.includes(at(outputs, folder)));
  const names = (looked: boolean) =>
    without
      .filter((one) => one.looked > 0 === looked)
      .map(({ name }) => name)
      .join(", ");
  const [low] = passRateInterval;
  const infinite = warned(info, "no-threshold") !== undefined;
  const unusual = warned(info, "probabilities") ?? warned(info, "bounded");
  return [
    ...(infinite
      ? [
          `The threshold is infinite, so nothing is flagged: ${plural(calibrationSize, "picture")} held out, at least ${fewest(idPassRate)} needed. Hold out more, bring more pictures, or ask for a lower pass rate.`,
        ]
      : []),
    ...(!infinite && low < idPassRate - 0.05
      ? ["Few pictures are held out, so the pass rate is uncertain. More pictures narrow it."]
      : []),
    ...(names(true)
      ? [`No pattern, because the model recognises none of their pictures: ${names(true)}.`]
      : []),
    ...(names(false) ? [`No pattern, because there are no pictures: ${names(false)}.`] : []),
    ...(unusual ? [`${unusual.charAt(0).toUpperCase()}${unusual.slice(1)}.`] : []),
  ];
}

function row(
  { info, outputs, answers, folders }: Result,
  name: string,
  folder: number,
): HTMLElement {
  const { right, total, mostly, times } = at(answers, folder);
  const behind = info ? (info.counts[info.classes.indexOf(at(outputs, folder))] ?? 0) : 0;
  const place = outputs.indexOf(mostly);
  const answer =
    total === 0 ? "—" : `${place < 0 ? `output ${mostly}` : folders[place]} (${times})`;
  const cells = [`${behind}`, `${right} of ${total}`, answer].map((text) => make("td", {}, text));
  const line = make("tr", {}, make("th", { scope: "row" }, name), ...cells);
  line.classList.toggle("wrong", total > 0 && mostly !== outputs[folder]);
  return line;
}

/**
 * The outputs that the model answers to most pictures of each folder, where they are another order
 * of classes.
 */
export function otherOrder({
  outputs,
  answers,
}: Pick<Result, "outputs" | "answers">): number[] | undefined {
  const order = answers.map(({ mostly }) => mostly);
  const clear = answers.every(({ times, total }) => total > 0 && times > total / 2);
  const differs = order.some((output, folder) => output !== outputs[folder]);
  return clear && differs && new Set(order).size === order.length ? order : undefined;
}
