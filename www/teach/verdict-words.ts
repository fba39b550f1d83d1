/** Verdicts in words. */
import type { Report } from "she-ood";
import { at } from "../shared/at";
import { count, decimal, fraction, plural } from "../shared/words";

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
  if (verdict === "unknown")
    return { state: verdict, words: "I haven't been taught this", detail: `Nearest: ${label}` };
  if (needed > 0)
    return {
      state: verdict,
      words: `${label}?`,
      detail: `${plural(needed, "more example")} before I can say "I don't know"`,
    };
  const names = (report.set ?? []).slice(0, 3).map((index) => at(labels, index));
  return {
    state: verdict,
    words: `${(names.length > 0 ? names : [label]).join(" or ")}?`,
    detail: "More examples of each would tell them apart",
  };
}

/** How strange a picture is, among the examples. */
export function strangeness({ pValue, score, threshold }: Judged, examples: number): string {
  const stranger = Math.max(0, Math.round(pValue * (examples + 1)) - 1);
  const among = `${count(stranger)} of your ${plural(examples, "example")}`;
  const rule = Number.isFinite(threshold)
    ? `Above ${decimal(threshold)} I say "I don't know".`
    : 'I cannot say "I don\'t know" yet.';
  return (
    `At least as strange when new: ${among} (p-value ${fraction(pValue)}). ` +
    `Score ${decimal(score)}. ${rule}`
  );
}
