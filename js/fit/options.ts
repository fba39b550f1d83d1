import {
  type Check,
  colour,
  config,
  either,
  fields,
  finite,
  flag,
  perChannel,
  plain,
  positive,
  single,
  sizes,
  text,
  texts,
  whole,
} from "../call/checks.js";
import { SheError } from "../error.js";
import type { Bytes } from "../file/response.js";
import type { LoadOptions } from "../file/source.js";
import type { FitterOptions, ModelOptions, PartOptions, PrivacyOptions } from "./types.js";

/** Names of the options that end with loading. */
type OfLoading = keyof LoadOptions | "externalData";

const OF_LOADING = {
  onProgress: 0,
  signal: 0,
  cache: 0,
  integrity: 0,
  limits: 0,
  externalData: 0,
} satisfies Record<OfLoading, 0>;

const PREPROCESS = {
  config,
  scale: positive,
  mean: perChannel,
  std: perChannel,
  framing: plain,
  resize: whole,
  interpolation: plain,
  fill: colour,
  channels: plain,
  layout: plain,
} satisfies Record<keyof NonNullable<FitterOptions["preprocess"]>, Check>;

/** Checks of options that several objects have. */
export const SHARED = { inputShape: sizes, preprocess: fields(PREPROCESS) };

const MODEL = {
  layers: texts,
  logits: text,
  ...SHARED,
} satisfies Record<keyof Omit<ModelOptions, OfLoading>, Check>;

const FIT = {
  ...MODEL,
  labels: texts,
  classify: plain,
  preset: plain,
  similarity: either(fields({ hopfield: fields({ beta: single }) })),
  compareWith: plain,
  aggregator: plain,
  with: either(fields({ energy: positive })),
  store: either(whole),
  minCount: whole,
  react: finite,
  classConditional: plain,
  holdOut: finite,
} satisfies Record<keyof Omit<FitterOptions, OfLoading>, Check>;

const PART = {
  classConditional: plain,
  calibration: flag,
} satisfies Record<keyof Omit<PartOptions, OfLoading>, Check>;

/**
 * Checks and copies the options of a fit, or of one that continues a part, without those for
 * loading. WebAssembly checks their ranges and the names of presets and the like.
 */
export function fitOptions(options: Partial<FitterOptions & PartOptions>, part?: Bytes): object {
  return checkedFields(part ? PART : FIT, options);
}

/** Checks and copies the options of a model, likewise. */
export function modelOptions(options: ModelOptions): object {
  return checkedFields(MODEL, options);
}

const PRIVACY = fields({ clip: positive, noise: positive });

/** Checks and copies what hides the samples of a part. */
export function privacyOptions(options: PrivacyOptions): PrivacyOptions {
  const own: PrivacyOptions = PRIVACY(options, "") as object;
  if (own.noise !== undefined && own.clip === undefined)
    throw new SheError("invalid-option", "noise is given without clip, which it is measured in");
  return own;
}

/** The pass rate of a fit. */
export function passRate({ idPassRate = 0.95 }: { idPassRate?: number }): number {
  return finite(idPassRate, "idPassRate") as number;
}

/** Returns a checked copy of these options, without those for loading. */
export function checkedFields(checks: Record<string, Check>, options: object): object {
  const own = Object.entries(options).filter(([name]) => !(name in OF_LOADING));
  return fields(checks)(Object.fromEntries(own), "") as object;
}
