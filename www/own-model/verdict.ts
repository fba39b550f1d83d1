/** Whether a detector works, in one sentence, and what to do where it does not. */
import type { Info, Judgement } from "she-ood/worker";
import { plural } from "../shared/words";
import { fewest } from "./settings";
import type { Tally } from "./strangers";

export interface Verdict {
  /** Good, doubtful or bad, in the colours of the three verdicts. */
  state: "known" | "unsure" | "unknown";
  words: string;
  detail: string;
  /** What to do next; empty where all is well. */
  next: string;
}

/** Fewer strangers than this prove little. */
export const FEW_STRANGERS = 20;

/** A lead of the classifier's own confidence that is more than chance. */
const LEAD = 0.05;

const NEXT = {
  layer: "Try another layer or similarity below, or bring more pictures of each class.",
  pictures: "Bring more pictures of each class, or strangers of your own.",
};

/** Shares flagged, 0 to 1. */
interface Shares {
  detector: number;
  classifier: number;
}

/** Of the strangers that the visitor brought, if enough, else of those that the fit made. */
export function verdictOf(info: Info, accuracy: number, brought?: Tally): Verdict {
  const fault = faultOf(info, accuracy);
  if (fault) return fault;
  if (brought && brought.total >= FEW_STRANGERS) return judgeBrought(info, brought);
  return info.judgement ? judgeMade(info, info.judgement) : untested(info);
}

/** What spoils every detector, whatever the strangers. */
function faultOf(info: Info, accuracy: number): Verdict | undefined {
  const { threshold, calibrationSize, idPassRate, warnings } = info;
  if (warnings.some(({ code }) => code === "few-correct"))
    return bad(
      "The model gets many of these pictures wrong",
      `It recognises ${ofHundred(accuracy)}, so its patterns are of little use.`,
      "Either the outputs of the classes are in another order, or the normalisation differs from " +
        "training. The table of each class says what the model answers.",
    );
  if (threshold === Infinity)
    return bad(
      "Nothing is flagged",
      `The threshold is infinite: ${plural(calibrationSize, "picture")} held out, at least ` +
        `${fewest(idPassRate)} needed.`,
      "Hold out more, bring more pictures, or ask for a lower pass rate.",
    );
  return undefined;
}

/** Means over all kinds of strangers. */
export function sharesOf({ strangers }: Judgement): Shares {
  const mean = (share: (one: Judgement["strangers"][number]) => number) =>
    strangers.reduce((sum, one) => sum + share(one), 0) / Math.max(1, strangers.length);
  return { detector: mean(({ detector }) => detector), classifier: mean(({ msp }) => msp) };
}

function judgeMade(info: Info, judgement: Judgement): Verdict {
  const shares = sharesOf(judgement);
  const { detector, classifier } = shares;
  const found =
    `${ofHundred(detector)} strangers made of your pictures are flagged; by the classifier's own ` +
    `confidence alone it would be ${ofHundred(classifier)}, ${passing(info)}`;
  if (judgement.works) return good(found);
  return (
    weak(info, shares, found) ?? doubtful("Not better than the model itself", judgement.sentence)
  );
}

function judgeBrought(info: Info, { total, detector, classifier }: Tally): Verdict {
  const alone =
    classifier === undefined
      ? ""
      : `; by the classifier's own confidence alone it would be ${classifier}`;
  const found = `${detector} of ${plural(total, "stranger")} are flagged${alone}, ${passing(info)}`;
  const shares = { detector: detector / total, classifier: (classifier ?? 0) / total };
  return weak(info, shares, found) ?? { ...good(found), ...butNear(info) };
}

/** Strangers made of known pictures are the nearest there are: some detectors see only far ones. */
function butNear({ judgement }: Info): Partial<Verdict> {
  if (!judgement || judgement.works) return {};
  const { detector, classifier } = sharesOf(judgement);
  return {
    words: "It works on these strangers",
    next:
      `Strangers closer to what the model knows may pass: of altered copies of your pictures it ` +
      `flags ${ofHundred(detector)}, the classifier alone ${ofHundred(classifier)}.`,
  };
}

/** What speaks against a detector that flags so many. */
function weak({ idPassRate }: Info, shares: Shares, found: string): Verdict | undefined {
  const { detector, classifier } = shares;
  const known = 1 - idPassRate;
  if (detector - known <= Math.min(known, 0.25 * idPassRate))
    return bad("It does not work", `${found} Hardly more than known pictures are.`, NEXT.layer);
  if (detector < classifier - LEAD)
    return doubtful("The classifier's own confidence does better", found);
  if (detector < 0.5) return doubtful("It catches less than half", found);
  return undefined;
}

function untested({ choice, judgement }: Info): Verdict {
  const why =
    judgement === null && choice?.because === "no-pictures"
      ? "The model's input is too small to make strangers of your pictures."
      : "Strangers are made of every fourth picture of a class, and it takes 20 such pictures.";
  return { state: "unsure", words: "Not proven yet", detail: why, next: NEXT.pictures };
}

function passing({ idPassRate }: Info): string {
  return `while both let ${ofHundred(idPassRate)} known pictures pass.`;
}

const good = (detail: string): Verdict => ({ state: "known", words: "It works", detail, next: "" });

const doubtful = (words: string, detail: string): Verdict => ({
  state: "unsure",
  words,
  detail,
  next: NEXT.layer,
});

const bad = (words: string, detail: string, next: string): Verdict => ({
  state: "unknown",
  words,
  detail,
  next,
});

/** "96 of 100", but nothing and all only where it is so. */
export function ofHundred(share: number): string {
  const rounded = Math.round(100 * share);
  if (rounded === 100 && share < 1) return "more than 99 of 100";
  if (rounded === 0 && share > 0) return "fewer than 1 of 100";
  const tenths = +(100 * share).toFixed(1);
  return share > 0.99 && share < 1 ? `${tenths} of 100` : `${rounded} of 100`;
}
