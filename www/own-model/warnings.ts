/** Warnings about a fit, the most important first. */
import type { Info, Warning } from "she-ood/worker";
import { at } from "../shared/at";
import { plural } from "../shared/words";
import { accuracyOf } from "./accuracy";
import type { Result } from "./result";
import { fewest } from "./settings";

export function warningsOf(result: Result): string[] {
  const { info, unread } = result;
  return [
    ...(isAccuracyLow(result) ? [LOW_ACCURACY] : []),
    ...(info ? detectorWarnings(result, info) : []),
    ...(unread.length > 0 ? [describeUnread(unread)] : []),
  ];
}

const LOW_ACCURACY =
  "The model gets many of these pictures wrong. Either the outputs of the classes are in another " +
  "order, or the normalisation differs from training. The table says what the model answers.";

const NO_SETS =
  "So few held-out pictures rule out no class: whatever is not flagged counts as unsure.";

function isAccuracyLow({ info, answers }: Result): boolean {
  if (info) return messageFor(info, "few-correct") !== undefined;
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

function thresholdWarnings(info: Info): string[] {
  const { calibrationSize, idPassRate, passRateInterval } = info;
  if (messageFor(info, "no-threshold") !== undefined)
    return [
      "The threshold is infinite, so nothing is flagged: " +
        `${plural(calibrationSize, "picture")} held out, at least ${fewest(idPassRate)} needed. ` +
        "Hold out more, bring more pictures, or ask for a lower pass rate.",
    ];
  const [low] = passRateInterval;
  return low < idPassRate - 0.05
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
