import type { Info, Report } from "../types.js";

/** A report of the numbers that `report.rs` puts in a row. */
export function reportOf(numbers: Float64Array, { labels, classes, layers }: Info): Report {
  let at = 0;
  const next = () => numbers[at++]!;
  const nexts = (count: number) => {
    const values: number[] = [];
    for (let i = 0; i < count; i++) values.push(next());
    return values;
  };
  const [score, threshold, isOod, pValue] = [next(), next(), next() === 1, next()];
  const predicted = { index: next(), label: "", probability: next() };
  const nearest = { index: next(), label: "", similarity: next() };
  const baselines = { msp: next(), maxLogit: next(), energy: next() };
  const timings = { image: next(), model: next(), she: next() };
  predicted.label = labels[predicted.index]!;
  nearest.label = labels[nearest.index]!;
  const probabilities = nexts(labels.length);
  const byLayer = layers.map(({ name }) => ({
    name,
    score: next(),
    similarities: nexts(classes.length),
  }));
  return {
    score,
    threshold,
    isOod,
    pValue,
    predicted,
    probabilities,
    nearest,
    layers: byLayer,
    baselines,
    timings,
  };
}
