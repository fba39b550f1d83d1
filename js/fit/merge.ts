import { SheError } from "../error.js";
import type { Preprocess } from "../info.js";

/** What WebAssembly tells of a fit. */
export interface AboutFit {
  inputShape: number[];
  usualPreprocess: Preprocess | null;
  /** Share of the samples that is held out. */
  holdOut: number;
  /** Number of samples that the model runs at once. */
  batchSize: number;
  /** Samples of a class put aside at most, and of all. */
  probes: [number, number];
  /** Equal for fits that can be merged. */
  identity: string;
}

/** Refuses to merge fits of different models or options. */
export function checkAlike(one: AboutFit, other: AboutFit): void {
  if (one.identity !== other.identity)
    throw new SheError(
      "fit",
      "cannot fit: only fits of one model with the same options can be merged",
    );
}
