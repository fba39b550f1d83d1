/**
 * Number of samples that a share of all holds out, given the number of each label: to the nearest
 * sample, evenly of each label, but never a label's last one. `src/share.rs` chooses as many.
 */
export function heldOut(counts: Iterable<number>, share: number): number {
  const [numerator, denominator] = fraction(share);
  const each = [...counts].map(BigInt);
  const sum = (numbers: bigint[]) => numbers.reduce((sum, number) => sum + number, 0n);
  const floor = (count: bigint) => (count * numerator) / denominator;
  const whole = (2n * sum(each) * numerator + denominator) / (2n * denominator);
  const most = sum(each.map((count) => floor(count) + (floor(count) + 1n < count ? 1n : 0n)));
  return Number(whole < most ? whole : most);
}

/**
 * Numerator and denominator of the decimal number that a share is written as: 0.29 of a hundred are
 * 29, not 28.999….
 */
function fraction(share: number): [bigint, bigint] {
  const [digits = "", exponent = "0"] = String(share).split("e-");
  const [whole = "", decimals = ""] = digits.split(".");
  return [BigInt(whole + decimals), 10n ** BigInt(decimals.length + Number(exponent))];
}
