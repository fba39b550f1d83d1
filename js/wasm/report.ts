import type { Info } from "../info.js";
import type { Report } from "../types.js";

/** In the order of their numbers. */
const VERDICTS = ["known", "unsure", "unknown"] as const;

/** Builds a report from the row of numbers that `src/wasm/report.rs` writes. */
export function reportOf(
  numbers: ArrayLike<number>,
  { labels, classes, layers, energy, sets, classify }: Info,
): Report {
  let at = 0;
  // Inside the row: it has a number for each class and layer of `info`.
  const next = () => numbers[at++] as number;
  // `Array.from` takes longer than a small model.
  const nexts = (count: number) => {
    const values = new Array<number>(count);
    for (let i = 0; i < count; i++) values[i] = next();
    return values;
  };
  const label = (index: number) => labels[index] as string;
  const [score, threshold] = [next(), next()];
  const parts = { she: next(), energy: next() };
  const [isOod, pValue] = [next() === 1, next()];
  const verdict = VERDICTS[next()] as Report["verdict"];
  const predicted = { index: next(), label: "", probability: next() };
  const nearest = { index: next(), label: "", similarity: next() };
  const baselines = { msp: next(), maxLogit: next(), energy: next() };
  const timings = { image: next(), model: next(), she: next() };
  predicted.label = label(predicted.index);
  nearest.label = label(nearest.index);
  const probabilities = nexts(labels.length);
  const byLayer = layers.map(({ name }) => ({
    name,
    score: next(),
    similarities: nexts(classes.length),
  }));
  return {
    score,
    parts: energy ? parts : null,
    threshold,
    isOod,
    pValue,
    verdict,
    set: sets && nexts(numbers.length - at),
    predicted,
    probabilities,
    nearest,
    layers: byLayer,
    baselines: classify === "model" ? baselines : null,
    timings,
  };
}
