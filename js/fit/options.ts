import { numberOf, refusal } from "../call/options.js";
import { SheError } from "../error.js";
import type { LoadOptions } from "../file/source.js";
import type { FitterOptions, ModelOptions } from "./types.js";

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

/** Checks an option of this name; returns it as it goes to WebAssembly and to workers. */
type Check = (value: unknown, name: string) => unknown;

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

const MODEL = {
  layers: texts,
  logits: text,
  inputShape: sizes,
  preprocess: fields(PREPROCESS),
} satisfies Record<keyof Omit<ModelOptions, OfLoading>, Check>;

const FIT = {
  ...MODEL,
  classify: plain,
  labels: texts,
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

/**
 * Checks and copies the options of a fit, without those of loading. WebAssembly checks their ranges
 * and the names of presets and the like.
 */
export function fitOptions(options: Partial<FitterOptions>): object {
  return checkedFields(FIT, options);
}

/** Checks and copies the options of a model, likewise. */
export function modelOptions(options: ModelOptions): object {
  return checkedFields(MODEL, options);
}

/** The pass rate of a fit. */
export function passRate({ idPassRate = 0.95 }: { idPassRate?: number }): number {
  return finite(idPassRate, "idPassRate") as number;
}

function checkedFields(checks: Record<string, Check>, options: object): object {
  const own = Object.entries(options).filter(([name]) => !(name in OF_LOADING));
  return fields(checks)(Object.fromEntries(own), "") as object;
}

/** Checks each given field of an object, and refuses fields of other names. */
function fields(checks: Record<string, Check>): Check {
  return (value, name) => {
    if (typeof value !== "object" || value === null) throw refusal(name, value, "an object");
    const given = Object.entries(value).filter(([, field]) => field !== undefined);
    return Object.fromEntries(
      given.map(([key, field]) => {
        const path = name ? `${name}.${key}` : key;
        const check = checks[key] ?? unknown(Object.keys(checks));
        return [key, check(field, path)];
      }),
    );
  };
}

function unknown(allowed: string[]): Check {
  return (_, name) => {
    throw new SheError(
      "invalid-option",
      `there is no option ${name}, allowed: ${allowed.join(", ")}`,
    );
  };
}

/** A name, or what `check` accepts. */
function either(check: Check): Check {
  return (value, name) => (typeof value === "string" ? value : check(value, name));
}

function plain(value: unknown, name: string): unknown {
  if (typeof value === "string" || typeof value === "boolean") return value;
  throw refusal(name, value, "a name or a boolean, as its type says");
}

function finite(value: unknown, name: string): unknown {
  return numberOf(name, value, "a finite number", Number.isFinite);
}

function whole(value: unknown, name: string): unknown {
  return numberOf(
    name,
    value,
    "a whole number from 1",
    (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
  );
}

/** WebAssembly computes in single precision, where a large number is infinite. */
function single(value: unknown, name: string): unknown {
  return numberOf(name, value, "a finite number", (value) => Number.isFinite(Math.fround(value)));
}

function positive(value: unknown, name: string): unknown {
  return numberOf(
    name,
    value,
    "a finite number above 0",
    (value) => Number.isFinite(Math.fround(value)) && Math.fround(value) > 0,
  );
}

/** One number for all channels, or one each. */
function perChannel(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !("length" in value))
    return single(value, name);
  return Array.from(value as ArrayLike<unknown>, (number, i) =>
    single(number ?? null, `${name}[${i}]`),
  );
}

function text(value: unknown, name: string): unknown {
  if (typeof value === "string") return value;
  throw refusal(name, value, "a name");
}

function sizes(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !("length" in value))
    throw refusal(name, value, "an array of sizes, such as [3, 224, 224]");
  return Array.from(value as ArrayLike<unknown>, (size, i) => whole(size ?? null, `${name}[${i}]`));
}

/** Three whole numbers from 0 to 255. */
function colour(value: unknown, name: string): unknown {
  const levels = Array.from(Object(value) as ArrayLike<unknown>);
  const isLevel = (level: unknown) => Number.isInteger(level) && (level as number) >> 8 === 0;
  if (levels.length === 3 && levels.every(isLevel)) return levels;
  throw refusal(name, value, "three whole numbers from 0 to 255: red, green, blue");
}

/** A config as text, which WebAssembly parses. */
function config(value: unknown, name: string): unknown {
  if (typeof value === "string") return value;
  try {
    if (typeof value === "object" && value !== null) return JSON.stringify(value);
  } catch {
    // Not JSON: it refers to itself, or holds a bigint.
  }
  throw refusal(name, value, "an object of JSON, or its text");
}

function texts(value: unknown, name: string): unknown {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return [...value];
  throw refusal(name, value, "an array of names");
}
