/** Warnings about a fit, the most important first. */
import type { Info, Warning } from "she-ood/worker";
import { at } from "../shared/at";
import { plural } from "../shared/words";
import { accuracyOf } from "./accuracy";
import type { Result } from "./result";

export function warningsOf(result: Result): string[] {
  const { info, unread } = result;
  return [
    // Of a detector, the proof says so.
    ...(!info && isAccuracyLow(result) ? [LOW_ACCURACY] : []),
    ...(info ? detectorWarnings(result, info) : []),
    ...(unread.length > 0 ? [describeUnread(unread)] : []),
  ];
}

const LOW_ACCURACY =
  "The model gets many of these pictures wrong. Either the outputs of the classes are in another " +
  "order, or the normalisation differs from training. The table says what the model answers.";

const NO_SETS =
  "So few held-out pictures rule out no class: whatever is not flagged counts as unsure.";

function isAccuracyLow({ answers }: Result): boolean {
  return accuracyOf(answers) < 0.5 && answers.some(({ total }) => total > 0);
}

function messageFor({ warnings }: Info, code: Warning["code"]): string | undefined {
  return warnings.find((warning) => warning.code === code)?.message;
}

function describeUnread(unread: string[]): string {
  const names = `${unread.slice(0, 5).join(", ")}${unread.length > 5 ? " …" : ""}`;
  return `${plural(unread.length, "file")} could not be read and took no part: ${names}`;
}

function detectorWarnings(result: Result, info: Info): string[] {
  const unusual = messageFor(info, "probabilities") ?? messageFor(info, "bounded");
  return [
    ...thresholdWarnings(info),
    ...(messageFor(info, "no-sets") ? [NO_SETS] : []),
    ...patternWarnings(result, info),
    ...(unusual ? [`${unusual.charAt(0).toUpperCase()}${unusual.slice(1)}.`] : []),
  ];
}

function thresholdWarnings({ threshold, idPassRate, passRateInterval }: Info): string[] {
  const [low] = passRateInterval ?? [idPassRate];
  return threshold < Infinity && low < idPassRate - 0.05
    ? ["Few pictures are held out, so the pass rate is uncertain. More pictures narrow it."]
    : [];
}

function patternWarnings({ folders, outputs, answers }: Result, { classes }: Info): string[] {
  const without = folders
    .map((name, folder) => ({ name, looked: at(answers, folder).total }))
    .filter((_, folder) => !classes.includes(at(outputs, folder)));
  const names = (looked: boolean) =>
    without
      .filter((one) => one.looked > 0 === looked)
      .map(({ name }) => name)
      .join(", ");
  const [unrecognised, missing] = [names(true), names(false)];
  const reason = "because the model recognises none of their pictures";
  return [
    ...(unrecognised ? [`No pattern, ${reason}: ${unrecognised}.`] : []),
    ...(missing ? [`No pattern, because there are no pictures: ${missing}.`] : []),
  ];
}
