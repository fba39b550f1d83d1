import { SheError } from "../error.js";
import { shown, typeName } from "../input/realm.js";

/**
 * Options as given, with a `signal` and `onProgress` that can be used; none for `null`, which
 * JavaScript code passes for `undefined`.
 */
export function optionsOf<T extends object>(given: T | null | undefined): Partial<T> {
  if (given === null || given === undefined) return {};
  if (typeof given !== "object")
    throw new SheError(
      "invalid-option",
      `options are an object such as { signal }, not ${typeName(given)}`,
    );
  const { onProgress, signal } = given as {
    onProgress?: unknown;
    signal?: Partial<AbortSignal> | null;
  };
  if (onProgress && typeof onProgress !== "function")
    throw new SheError("invalid-option", `onProgress is a function, not ${typeName(onProgress)}`);
  if (signal && typeof signal.addEventListener !== "function")
    throw new SheError("invalid-option", `signal is an AbortSignal, not ${typeName(signal)}`);
  return given;
}

/** Returns a numeric option if it was given; `allowed` describes in words what `fits` accepts. */
export function numberOf(
  name: string,
  given: unknown,
  allowed: string,
  fits: (value: number) => boolean,
): number | undefined {
  if (given === undefined || (typeof given === "number" && fits(given))) return given;
  throw refusal(name, given, `${allowed}; leave it out for the default`);
}

/** The error for an option that cannot be used. */
export function refusal(name: string, given: unknown, allowed: string): SheError {
  return new SheError("invalid-option", `${name} is ${shown(given)}, allowed: ${allowed}`);
}
