/** The AUROC in plain words: how many pairs of a known picture and a stranger a score ranks. */

/**
 * Pairs of 100 in which the stranger gets the higher score. A tie counts half, and the number is
 * rounded down, so that it is 100 only where no pair fails.
 */
export function pairsOf100(auroc: number): number {
  // An AUROC is a multiple of half a pair, and far coarser than this margin for rounding errors.
  return Math.floor(100 * auroc + 1e-9);
}

export function headline(auroc: number): string {
  const pairs = pairsOf100(auroc);
  const which = pairs === 100 ? "every pair" : `${pairs} of 100 pairs`;
  return `In ${which} the stranger gets the higher score`;
}

/** Says so where the classifier's own confidence does as well on the same pictures, or better. */
export function concession(auroc: number, confidenceAuroc: number): string {
  if (confidenceAuroc < auroc) return "";
  const compared = confidenceAuroc > auroc ? "does better" : "does as well";
  return `Here the classifier’s own confidence ${compared}.`;
}
