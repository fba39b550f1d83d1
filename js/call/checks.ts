import { SheError } from "../error.js";
import { shown } from "../input/realm.js";

/** Checks an option of this name; returns it as it goes to WebAssembly and to workers. */
export type Check = (value: unknown, name: string) => unknown;

/** The error for an option that cannot be used. */
export function refusal(name: string, given: unknown, allowed: string): SheError {
  return new SheError("invalid-option", `${name} is ${shown(given)}, allowed: ${allowed}`);
}

/** Checks each given field of an object, and refuses fields of other names. */
export function fields(checks: Record<string, Check>): Check {
  return (value, name) => {
    if (typeof value !== "object" || value === null) throw refusal(name, value, "an object");
    const checked: Record<string, unknown> = {};
    // `for … in` visits inherited properties too: options may inherit from an object of defaults.
    for (const key in value) {
      const field = value[key as keyof typeof value] as unknown;
      if (field === undefined) continue;
      const check = (Object.hasOwn(checks, key) && checks[key]) || unknown(Object.keys(checks));
      checked[key] = check(field, name ? `${name}.${key}` : key);
    }
    return checked;
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
export function either(check: Check): Check {
  return (value, name) => (typeof value === "string" ? value : check(value, name));
}

/** A name or a boolean. */
export function plain(value: unknown, name: string): unknown {
  if (typeof value === "string" || typeof value === "boolean") return value;
  throw refusal(name, value, "a name or a boolean, as its type says");
}

/** A boolean. */
export function flag(value: unknown, name: string): unknown {
  if (typeof value === "boolean") return value;
  throw refusal(name, value, "true or false");
}

/** A number that `fits`, which `allowed` describes in words. */
export function number(allowed: string, fits: (value: number) => boolean): Check {
  return (value, name) => {
    if (typeof value === "number" && fits(value)) return value;
    throw refusal(name, value, `${allowed}; leave it out for the default`);
  };
}

/** A finite number. */
export const finite = /* @__PURE__ */ number("a finite number", Number.isFinite);

const WHOLE = "a whole number from 1 to 2^32 - 1";
const isWhole = (value: number) => Number.isInteger(value) && value >= 0 && value < 2 ** 32;

/** A whole number; WebAssembly refuses 0. */
export const whole = /* @__PURE__ */ number(WHOLE, isWhole);

/** A whole number from 1, where WebAssembly is not asked. */
export const count = /* @__PURE__ */ number(WHOLE, (value) => isWhole(value) && value > 0);

const isSingle = (value: number) => Number.isFinite(Math.fround(value));

/** WebAssembly computes in single precision, where a large number is infinite. */
export const single = /* @__PURE__ */ number("a finite number", isSingle);

/** A finite number above 0, in single precision. */
export const positive = /* @__PURE__ */ number(
  "a finite number above 0",
  (value) => isSingle(value) && Math.fround(value) > 0,
);

/** A function. */
export function callback(value: unknown, name: string): unknown {
  if (typeof value === "function") return value;
  throw refusal(name, value, "a function");
}

/** An `AbortSignal`, of any realm or library. */
export function abortSignal(value: unknown, name: string): unknown {
  if (typeof (value as Partial<AbortSignal>)?.addEventListener === "function") return value;
  throw refusal(name, value, "an AbortSignal");
}

/** No check here: the call checks the value itself. */
export const any: Check = (value) => value;

/** What `check` accepts, or `null` or `false`, which JavaScript code passes for `undefined`. */
export function orNull(check: Check): Check {
  return (value, name) => (value === null || value === false ? undefined : check(value, name));
}

/** One number for all channels, or one each. */
export function perChannel(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !("length" in value))
    return single(value, name);
  return Array.from(value as ArrayLike<unknown>, (number, i) => single(number, `${name}[${i}]`));
}

/** A name. */
export function text(value: unknown, name: string): unknown {
  if (typeof value === "string") return value;
  throw refusal(name, value, "a name");
}

/** An array of sizes. */
export function sizes(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !("length" in value))
    throw refusal(name, value, "an array of sizes, such as [3, 224, 224]");
  return Array.from(value as ArrayLike<unknown>, (size, i) => whole(size, `${name}[${i}]`));
}

/** Three whole numbers from 0 to 255. */
export function colour(value: unknown, name: string): unknown {
  const levels = Array.from(Object(value) as ArrayLike<unknown>);
  const isLevel = (level: unknown) => Number.isInteger(level) && (level as number) >> 8 === 0;
  if (levels.length === 3 && levels.every(isLevel)) return levels;
  throw refusal(name, value, "three whole numbers from 0 to 255: red, green, blue");
}

/** A config as text, which WebAssembly parses. */
export function config(value: unknown, name: string): unknown {
  if (typeof value === "string") return value;
  try {
    if (typeof value === "object" && value !== null) return JSON.stringify(value);
  } catch {
    // Not JSON: it refers to itself, or holds a bigint.
  }
  throw refusal(name, value, "an object of JSON, or its text");
}

/** An array of names. */
export function texts(value: unknown, name: string): unknown {
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return [...value];
  throw refusal(name, value, "an array of names");
}
