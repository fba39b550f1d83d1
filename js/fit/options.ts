import {
  any,
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
import { type Checks, optionsOf } from "../call/options.js";
import { SheError } from "../error.js";
import { LOAD } from "../file/source.js";
import type { FitterOptions, ModelOptions, PartOptions, PrivacyOptions } from "./types.js";

/** Checks of the options that end with loading. */
export const LOADING = { ...LOAD, externalData: any };

const PREPROCESS = {
  config,
  width: whole,
  height: whole,
  scale: positive,
  mean: perChannel,
  std: perChannel,
  framing: plain,
  resize: whole,
  interpolation: plain,
  fill: colour,
  channels: plain,
  layout: plain,
} satisfies Checks<NonNullable<FitterOptions["preprocess"]>>;

/** Checks of options that several objects have. */
export const SHARED = { inputShape: sizes, preprocess: /* @__PURE__ */ fields(PREPROCESS) };

const RUNNING = { layers: texts, logits: text, ...SHARED };

export const MODEL = { ...RUNNING, ...LOADING } satisfies Checks<ModelOptions>;

/** WebAssembly checks the ranges of numbers, and the names of presets and the like. */
export const FIT = {
  ...RUNNING,
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
  ...LOADING,
} satisfies Checks<FitterOptions>;

export const PART = {
  classConditional: plain,
  calibration: flag,
  ...LOADING,
} satisfies Checks<PartOptions>;

export const FINISH = { idPassRate: finite };

/** The default pass rate of a fit. */
export const PASS_RATE = 0.95;

const PRIVACY = { clip: positive, noise: positive } satisfies Checks<PrivacyOptions>;

/** Checks and copies what hides the samples of a part. */
export function privacyOptions(options: PrivacyOptions | undefined): PrivacyOptions {
  const own = optionsOf(options, PRIVACY);
  if (own.noise !== undefined && own.clip === undefined)
    throw new SheError("invalid-option", "noise is given without clip, which it is measured in");
  return own;
}

/** These options without those for loading: what WebAssembly takes. */
export function withoutLoading(options: object): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => !(name in LOADING)));
}
