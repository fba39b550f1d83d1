/** The result of a fit: figures, warnings, and a row for each class. */

import type { Choice, Info } from "she-ood/worker";
import { at } from "../shared/at";
import { element, make } from "../shared/dom";
import { decimal, percent, plural } from "../shared/words";
import { accountsOf } from "./accounts";
import { type Answers, accuracyOf } from "./accuracy";
import { warningsOf } from "./warnings";

export interface Result {
  /** None when there is no detector, as the model recognises no picture. */
  info: Info | undefined;
  folders: string[];
  /** The output of each folder. */
  outputs: number[];
  answers: Answers[];
  /** Names of files that could not be read. */
  unread: string[];
  /** Number of pictures in the folders. */
  total: number;
}

/** A model that recognises less has outputs or normalisation wrong, which the table shows. */
const GOOD = 0.7;

export function showResult(result: Result): void {
  element("figures").replaceChildren(
    ...figuresOf(result).flatMap(([name, value]) => [make("dt", {}, name), make("dd", {}, value)]),
  );
  element("accounts").replaceChildren(...accounts(result).map((words) => make("li", {}, words)));
  element("warnings").replaceChildren(...warningsOf(result).map((words) => make("li", {}, words)));
  const isWrong = accuracyOf(result.answers) < GOOD;
  element<HTMLDetailsElement>("per-class-fold").open = isWrong;
  element("details").hidden = false;
  element("per-class").replaceChildren(
    ...result.folders.map((name, folder) => makeRow(result, name, folder)),
  );
}

function accounts({ info, total, unread, answers }: Result): string[] {
  return accountsOf({ info, total, unread: unread.length, asked: countAsked(answers) });
}

function countAsked(answers: Answers[]): number {
  return answers.reduce((sum, { total }) => sum + total, 0);
}

function figuresOf({ info, answers }: Result): [string, string][] {
  const accuracy: [string, string] = [
    "Recognised by the model",
    `${percent(accuracyOf(answers))} of ${plural(countAsked(answers), "picture")}`,
  ];
  return info ? [accuracy, ...figuresOfDetector(info)] : [accuracy];
}

function figuresOfDetector(info: Info): [string, string][] {
  const { choice, judgement } = info;
  return [
    ...(choice ? [["Chosen", described(choice)] satisfies [string, string]] : []),
    ...figuresOfThreshold(info),
    ...(judgement ? [["Does it work?", judgement.sentence] satisfies [string, string]] : []),
  ];
}

/** Why a fit that was to choose took its default. */
export const NOT_CHOSEN = {
  "few-samples": "there are too few pictures to choose by",
  "no-pictures": "the model's input is too small to choose by pictures",
};

function described({ because, candidates, tried, samples }: Choice): string {
  const { layers, similarity, aggregator, energy } = at(candidates, 0);
  const joined = aggregator ? `, joined by ${aggregator}` : "";
  const what = `${similarity} of ${layers.join(", ")}${joined}${energy ? ", with energy" : ""}`;
  const compared = `of ${tried} candidates, by ${samples} pictures put aside`;
  return `${what}: ${because === "criterion" ? compared : NOT_CHOSEN[because]}`;
}

function figuresOfThreshold({
  counts,
  classes,
  threshold,
  calibrationSize,
  idPassRate,
  passRateInterval,
}: Info): [string, string][] {
  const behind = counts.reduce((sum, count) => sum + count, 0);
  const pictures = plural(behind, "picture");
  const between = passRateInterval?.map(percent).join(" and ");
  const certainty =
    between && threshold < Infinity ? `; between ${between} with 95% certainty` : "";
  return [
    [
      "Patterns",
      `${classes.length === 1 ? "1 class" : `${classes.length} classes`}, from ${pictures}`,
    ],
    ["Threshold", `${decimal(threshold)}, set by ${plural(calibrationSize, "held-out picture")}`],
    ["Pass rate", `${percent(idPassRate)} asked for${certainty}`],
  ];
}

function makeRow(
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
