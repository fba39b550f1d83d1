/** What a threshold makes of scores: OOD is the positive class. */
export interface Decision {
  /** OOD and flagged. */
  truePositives: number;
  /** ID and flagged. */
  falsePositives: number;
  trueNegatives: number;
  falseNegatives: number;
  fpr: number;
  tpr: number;
  /** The share of OOD among what is flagged; `null` when nothing is. */
  precision: number | null;
  accuracy: number;
}

export function decide(id: readonly number[], ood: readonly number[], threshold: number): Decision {
  const [falsePositives, truePositives] = [id, ood].map(
    (scores) => scores.filter((score) => score > threshold).length,
  ) as [number, number];
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

/** The lowest threshold that lets this share of ID scores pass. */
export function passing(id: readonly number[], share: number): number {
  return [...id].sort((a, b) => a - b)[Math.ceil(share * id.length) - 1]!;
}
