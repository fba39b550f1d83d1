import { at } from "../shared/at";

/** Counts and rates at a threshold. OOD is the positive class. */
export interface Decision {
  /** OOD and flagged. */
  truePositives: number;
  /** ID and flagged. */
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
  /** Fraction of ID that is flagged. */
  fpr: number;
  /** Fraction of OOD that is flagged. */
  tpr: number;
  /** Fraction of the flagged that is OOD; `null` when nothing is flagged. */
  precision: number | null;
  accuracy: number;
}

/** Flags the scores above a threshold. */
export function decide(id: readonly number[], ood: readonly number[], threshold: number): Decision {
  const above = (scores: readonly number[]) => scores.filter((score) => score > threshold).length;
  const [falsePositives, truePositives] = [above(id), above(ood)];
  const [trueNegatives, falseNegatives] = [id.length - falsePositives, ood.length - truePositives];
  const flagged = truePositives + falsePositives;
  return {
    truePositives,
    falsePositives,
    trueNegatives,
    falseNegatives,
    fpr: falsePositives / id.length,
    tpr: truePositives / ood.length,
    precision: flagged > 0 ? truePositives / flagged : null,
    accuracy: (truePositives + trueNegatives) / (id.length + ood.length),
  };
}

/** The lowest threshold that lets `rate` of the ID scores pass. */
export function thresholdAt(id: readonly number[], rate: number): number {
  const sorted = [...id].sort((a, b) => a - b);
  return at(sorted, Math.ceil(rate * id.length) - 1);
}
