import { SheError } from "../error.js";
import { numberOf, refusal } from "./options.js";

/** Checks an option of this name; returns it as it goes to WebAssembly and to workers. */
export type Check = (value: unknown, name: string) => unknown;

/** Checks each given field of an object, and refuses fields of other names. */
export function fields(checks: Record<string, Check>): Check {
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

/** A finite number. */
export function finite(value: unknown, name: string): unknown {
  return numberOf(name, value, "a finite number", Number.isFinite);
}

/** A whole number; WebAssembly refuses 0. */
export function whole(value: unknown, name: string): unknown {
  return numberOf(
    name,
    value,
    "a whole number from 1",
    (value) => Number.isInteger(value) && value >= 0 && value < 2 ** 32,
  );
}

/** WebAssembly computes in single precision, where a large number is infinite. */
export function single(value: unknown, name: string): unknown {
  return numberOf(name, value, "a finite number", (value) => Number.isFinite(Math.fround(value)));
}

/** A finite number above 0, in single precision. */
export function positive(value: unknown, name: string): unknown {
  return numberOf(
    name,
    value,
    "a finite number above 0",
    (value) => Number.isFinite(Math.fround(value)) && Math.fround(value) > 0,
  );
}

/** One number for all channels, or one each. */
export function perChannel(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !("length" in value))
    return single(value, name);
  return Array.from(value as ArrayLike<unknown>, (number, i) =>
    single(number ?? null, `${name}[${i}]`),
  );
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
  return Array.from(value as ArrayLike<unknown>, (size, i) => whole(size ?? null, `${name}[${i}]`));
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
