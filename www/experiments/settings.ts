/** What a visitor has chosen, and the same as an address. */
import { EXPERIMENTS, type ExperimentName } from "./experiment";
import { SCORES, type ScoreName } from "./sample";

export const PRESETS = ["oodeel", "openood", "pytorch-ood", "paper", "hopfield"] as const;
export const SIMILARITIES = ["inner", "dot", "cosine", "euclidean"] as const;
export const AGGREGATORS = ["std", "sum", "mean", "fisher"] as const;

/** Choices for a fit; what is left out is the preset's. */
export interface FitSettings {
  preset: (typeof PRESETS)[number];
  layers: string[];
  similarity?: (typeof SIMILARITIES)[number];
  aggregator?: (typeof AGGREGATORS)[number];
}

export interface Settings {
  experiment: ExperimentName;
  /** `undefined`: the detector as it is shipped. */
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

/** What is unknown in an address gives way to the usual. */
export function fromHash(hash: string): Settings {
  const given = new URLSearchParams(hash.slice(1));
  const names = {
    experiment: Object.keys(EXPERIMENTS) as ExperimentName[],
    score: Object.keys(SCORES) as ScoreName[],
  };
  return {
    experiment: oneOf(names.experiment, given.get("experiment")) ?? names.experiment[0]!,
    fit: fitOf(given),
    score: oneOf(names.score, given.get("score")) ?? "she",
  };
}

function fitOf(given: URLSearchParams): FitSettings | undefined {
  const preset = oneOf(PRESETS, given.get("preset"));
  if (!preset) return undefined;
  const similarity = oneOf(SIMILARITIES, given.get("similarity"));
  const aggregator = oneOf(AGGREGATORS, given.get("aggregator"));
  const layers = (given.get("layers") ?? "").split(" ").filter(Boolean);
  return { preset, layers, ...(similarity && { similarity }), ...(aggregator && { aggregator }) };
}

export function oneOf<T extends string>(
  allowed: readonly T[],
  value: string | null | undefined,
): T | undefined {
  return allowed.find((name) => name === value);
}
