/** Verdicts in words. */
import type { Report } from "she-ood";
import { at } from "../shared/at";
import { count, decimal, fraction, plural } from "../shared/words";

/** What the page says of a picture unlike anything that it was taught. */
export const UNKNOWN = "I haven't been taught this";

export interface Verdict {
  state: Report["verdict"];
  words: string;
  detail: string;
}

type Judged = Pick<Report, "verdict" | "predicted" | "set" | "pValue" | "score" | "threshold">;

/** Says what a report means, given the labels and how many examples the threshold lacks. */
export function verdictOf(report: Judged, labels: string[], needed: number): Verdict {
  const { verdict, predicted } = report;
  const { label } = predicted;
  if (verdict === "known")
    return { state: verdict, words: label, detail: "Matches your examples." };
  if (verdict === "unknown") return { state: verdict, words: UNKNOWN, detail: `Nearest: ${label}` };
  if (needed > 0)
    return {
      state: verdict,
      words: `${label}?`,
      detail: `${plural(needed, "more example")} before I can say "${UNKNOWN}"`,
    };
  const names = (report.set ?? []).slice(0, 3).map((index) => at(labels, index));
  return {
    state: verdict,
    words: `${(names.length > 0 ? names : [label]).join(" or ")}?`,
    detail: "More examples of each would tell them apart",
  };
}

interface Tested {
  /** Examples of each kind. */
  examples: number;
  /** One in so many is flagged, though it was taught. */
  flagged: number;
  /** One in so many is taken for another kind. */
  mistaken: number;
  /** One in so many photos of other things passes. */
  passes: number;
  /** How many flowers of other kinds pass. */
  otherFlowersPass: string;
}

/**
 * Measured on kinds of flowers, as docs/teach.md says, where there was a threshold: at five a kind,
 * two sets of three. The most examples first.
 */
const TESTS: [Tested, Tested] = [
  { examples: 10, flagged: 32, mistaken: 65, passes: 300, otherFlowersPass: "more than half" },
  { examples: 5, flagged: 15, mistaken: 40, passes: 60, otherFlowersPass: "two in three" },
];

/** Says what a mistake would be, and how often tests with about as many examples had it. */
export function mistakeOf({ verdict, threshold }: Judged, examplesPerClass: number): string {
  // Without a threshold it claims nothing, and says how many examples it lacks.
  if (!Number.isFinite(threshold)) return "";
  const test = TESTS.find(({ examples }) => examples <= examplesPerClass) ?? TESTS[1];
  const tested = `Tested with ${test.examples} photos of each kind of flower, it`;
  return verdict === "unknown"
    ? `If you taught it, this is a false alarm. ${tested} flagged one in ${test.flagged}; it ` +
        "flags more where your examples all look alike."
    : `If you never taught it, this is a miss. ${tested} passed one in ${test.passes} photos ` +
        `of other things and ${test.otherFlowersPass} of other flowers, and mistook one in ` +
        `${test.mistaken} for another kind.`;
}

/** How strange a picture is, among the examples. */
export function strangeness({ pValue, score, threshold }: Judged, examples: number): string {
  const stranger = Math.max(0, Math.round(pValue * (examples + 1)) - 1);
  const among = `${count(stranger)} of your ${plural(examples, "example")}`;
  const rule = Number.isFinite(threshold)
    ? `Above ${decimal(threshold)} I say "${UNKNOWN}".`
    : `I cannot say "${UNKNOWN}" yet.`;
  return (
    `At least as strange when new: ${among} (p-value ${fraction(pValue)}). ` +
    `Score ${decimal(score)}. ${rule}`
  );
}
