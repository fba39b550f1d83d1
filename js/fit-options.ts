import { SheError } from "./error.js";
import { numberOf } from "./options.js";
import { shown } from "./realm.js";
import type { LoadOptions } from "./source.js";
import type { FitterOptions } from "./types.js";

const OF_LOADING: readonly string[] = [
  "onProgress",
  "signal",
  "cache",
  "integrity",
  "limits",
] satisfies (keyof LoadOptions)[];

/** Checks an option of this name; returns it as JSON carries it. */
type Check = (value: unknown, name: string) => unknown;

const CHECKS: Record<string, Check> = {
  layers: texts,
  classes: texts,
  similarity: either(fields({ hopfield: fields({ beta: single }) })),
  store: either(whole),
  minCount: whole,
  react: finite,
  holdOut: finite,
  preprocess: fields({ mean: perChannel, std: perChannel }),
};

/**
 * Checks and copies the options of a fit, without those of loading. The copy survives JSON and
 * messages to workers unchanged.
 * WebAssembly checks their ranges and names.
 */
export function fitOptions(options: Partial<FitterOptions>): object {
  texts(options.layers, "layers");
  const ofFit = Object.entries(options).filter(([name]) => !OF_LOADING.includes(name));
  return fields(CHECKS)(Object.fromEntries(ofFit), "") as object;
}

/** The pass rate of a fit. */
export function passRate({ idPassRate = 0.95 }: { idPassRate?: number }): number {
  return finite(idPassRate, "idPassRate") as number;
}

/**
 * Checks each given field of an object; a field without a check of its own must be a plain value.
 */
function fields(checks: Record<string, Check>): Check {
  return (value, name) => {
    if (typeof value !== "object" || value === null) throw refusal(name, value, "an object");
    const given = Object.entries(value).filter(([, field]) => field !== undefined);
    return Object.fromEntries(
      given.map(([key, field]) => [
        key,
        (checks[key] ?? plain)(field, name ? `${name}.${key}` : key),
      ]),
    );
  };
}

/** A name, or what `check` accepts. */
function either(check: Check): Check {
  return (value, name) => (typeof value === "string" ? value : check(value, name));
}

/** JSON would turn numbers that are not finite into `null`, and leave functions out. */
function plain(value: unknown, name: string): unknown {
  if (typeof value === "string" || typeof value === "boolean") return value;
  return numberOf(
    name,
    value,
    "a finite number, a name or a boolean, as FitterOptions has it",
    Number.isFinite,
  );
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

/** One number for all channels, or one each. */
function perChannel(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !("length" in value))
    return single(value, name);
  return Array.from(value as ArrayLike<unknown>, (number, i) =>
    single(number ?? null, `${name}[${i}]`),
  );
}

function texts(value: unknown, name: string): unknown {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return [...value];
  throw refusal(name, value, "an array of names");
}

function refusal(name: string, given: unknown, allowed: string): SheError {
  return new SheError("invalid-option", `${name} is ${shown(given)}, allowed: ${allowed}`);
}
