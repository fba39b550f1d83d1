/** A sample with its scores. */
import type { Report } from "she-ood";

export type Side = "id" | "ood";

export const SCORES = { she: "SHE", he: "HE", msp: "MSP", maxLogit: "Max logit", energy: "Energy" };
export type ScoreName = keyof typeof SCORES;
export const SCORE_NAMES = Object.keys(SCORES) as ScoreName[];

/** Something for each score; HE, which needs a fit, is not always there. */
export type PerScore<T> = Record<Exclude<ScoreName, "he">, T> & { he?: T };

export interface Sample {
  side: Side;
  /** The data set that it is from, and its position in that file. */
  source: string;
  index: number;
  label: string;
  predicted: string;
  /** Higher is more out-of-distribution. */
  scores: PerScore<number>;
}

/** A sample of a run, with the picture and what the detector says of it. */
export interface Pictured extends Sample {
  report: Report;
  pixels(): ImageData;
}

/** Collects a sample's scores from the reports of detector and HE, whose model classifies. */
export function scoresOf({ score, baselines }: Report, he?: Report): Sample["scores"] {
  const own = { she: score, ...(baselines as NonNullable<Report["baselines"]>) };
  return he ? { ...own, he: he.score } : own;
}

/** One score of all samples of a side that have it. */
export function column(samples: readonly Sample[], side: Side, score: ScoreName): number[] {
  return samples
    .filter((sample) => sample.side === side)
    .flatMap(({ scores }) => scores[score] ?? []);
}
