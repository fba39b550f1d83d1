/** A drawing that draws itself: a heart, which no digit is. */

/** A stroke in hundredths of the pad. */
export type Stroke = [x: number, y: number][];

/** Points of the heart's outline. */
const POINTS = 48;

function heart(index: number): [x: number, y: number] {
  const t = (2 * Math.PI * index) / POINTS;
  const x = 16 * Math.sin(t) ** 3;
  const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
  return [50 + 2 * x, 48 - 2 * y];
}

export const DEMONSTRATION = {
  name: "heart",
  group: "own",
  stroke: Array.from({ length: POINTS + 1 }, (_, i) => heart(i)) satisfies Stroke,
};
