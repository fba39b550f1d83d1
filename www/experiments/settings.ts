/** What a visitor has chosen, and the same as an address. */
import { EXPERIMENTS, type ExperimentName } from "./experiment";
import { SCORE_NAMES, type ScoreName } from "./sample";

export const EXPERIMENT_NAMES = Object.keys(EXPERIMENTS) as [ExperimentName, ...ExperimentName[]];
export const PRESETS = ["oodeel", "openood", "pytorch-ood", "paper", "hopfield"] as const;
export const SIMILARITIES = ["inner", "dot", "cosine", "euclidean", "mahalanobis"] as const;
export const WITH = ["energy"] as const;
export const AGGREGATORS = ["std", "sum", "mean", "fisher"] as const;

/** Choices for a fit; the preset fills in the others. */
export interface FitSettings {
  preset: (typeof PRESETS)[number];
  layers: string[];
  similarity?: (typeof SIMILARITIES)[number];
  aggregator?: (typeof AGGREGATORS)[number];
  with?: (typeof WITH)[number];
}

export interface Settings {
  experiment: ExperimentName;
  /** `undefined`: the detector as shipped. */
  fit: FitSettings | undefined;
  /** The score that the histogram shows. */
  score: ScoreName;
}

export function toHash({ experiment, fit, score }: Settings): string {
  const choices = {
    experiment,
    ...(fit && { ...fit, layers: fit.layers.join(" ") }),
    ...(score !== "she" && { score }),
  };
  return `#${new URLSearchParams(choices)}`;
}

/** Reads an address. Unknown values fall back to the defaults. */
export function fromHash(hash: string): Settings {
  const entries = new URLSearchParams(hash.slice(1));
  return {
    experiment: oneOf(EXPERIMENT_NAMES, entries.get("experiment")) ?? EXPERIMENT_NAMES[0],
    fit: parseFit(entries),
    score: oneOf(SCORE_NAMES, entries.get("score")) ?? "she",
  };
}

function parseFit(entries: URLSearchParams): FitSettings | undefined {
  const preset = oneOf(PRESETS, entries.get("preset"));
  if (!preset) return undefined;
  const similarity = oneOf(SIMILARITIES, entries.get("similarity"));
  const aggregator = oneOf(AGGREGATORS, entries.get("aggregator"));
  const joined = oneOf(WITH, entries.get("with"));
  const layers = (entries.get("layers") ?? "").split(" ").filter(Boolean);
  return {
    preset,
    layers,
    ...(similarity && { similarity }),
    ...(aggregator && { aggregator }),
    ...(joined && { with: joined }),
  };
}

/** The value, if it is allowed. */
export function oneOf<T extends string>(
  allowed: readonly T[],
  value: string | null | undefined,
): T | undefined {
  return allowed.find((name) => name === value);
}
