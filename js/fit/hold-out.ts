/**
 * Number of samples held out at this share, given the number in each class: rounded to the nearest
 * sample, taken evenly from each class, and never a class's last one. `src/fit/hold_out.rs` picks
 * as many.
 */
export function countHeldOut(counts: Iterable<number>, share: number): number {
  const [numerator, denominator] = fraction(share);
  const each = [...counts].map(BigInt);
  const sum = (numbers: bigint[]) => numbers.reduce((sum, number) => sum + number, 0n);
  const floor = (count: bigint) => (count * numerator) / denominator;
  const whole = (2n * sum(each) * numerator + denominator) / (2n * denominator);
  const most = sum(each.map((count) => floor(count) + (floor(count) + 1n < count ? 1n : 0n)));
  return Number(whole < most ? whole : most);
}

/**
 * Numerator and denominator of a share as it is written in decimals: 0.29 of a hundred is 29, not
 * 28.999….
 */
function fraction(share: number): [bigint, bigint] {
  const [digits = "", exponent = "0"] = String(share).split("e-");
  const [whole = "", decimals = ""] = digits.split(".");
  return [BigInt(whole + decimals), 10n ** BigInt(decimals.length + Number(exponent))];
}
