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

/** Says how the classifier's own confidence does on the same pictures. */
export function confidenceLine(auroc: number, confidenceAuroc: number): string {
  const [pairs, alone] = [pairsOf100(auroc), pairsOf100(confidenceAuroc)];
  const line = `The classifier’s own confidence: ${alone} of 100`;
  if (alone < pairs) return `${line}.`;
  return `${line}, ${alone === pairs ? "just as many" : "which is better here"}.`;
}
