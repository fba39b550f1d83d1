/** A sample with its scores. */
import type { Report } from "she-ood";

export type Side = "id" | "ood";

export const SCORES = { she: "SHE", he: "HE", msp: "MSP", maxLogit: "Max logit", energy: "Energy" };
export type ScoreName = keyof typeof SCORES;
export const SCORE_NAMES = Object.keys(SCORES) as ScoreName[];

export interface Sample {
  side: Side;
  /** The data set that it is from, and its position in that file. */
  source: string;
  index: number;
  label: string;
  predicted: string;
  /** Higher is more out-of-distribution. */
  scores: Record<ScoreName, number>;
}

/** Collects a sample's scores from the reports of detector and HE, whose model classifies. */
export function scoresOf({ score, baselines }: Report, he: Report): Sample["scores"] {
  return { she: score, he: he.score, ...(baselines as NonNullable<Report["baselines"]>) };
}

/** One score of all samples of a side. */
export function column(samples: readonly Sample[], side: Side, score: ScoreName): number[] {
  return samples.filter((sample) => sample.side === side).map(({ scores }) => scores[score]);
}
