import { SheError } from "./error.js";
import { kind, shown } from "./realm.js";

/**
 * Options as they were given, of which `signal` and `onProgress` can be used; none for `null`,
 * which JavaScript passes for `undefined`.
 */
export function optionsOf<T extends object>(given: T | null | undefined): Partial<T> {
  if (given === null || given === undefined) return {};
  if (typeof given !== "object")
    throw new SheError(
      "invalid-option",
      `options are an object such as { signal }, not ${kind(given)}`,
    );
  const { onProgress, signal } = given as {
    onProgress?: unknown;
    signal?: Partial<AbortSignal> | null;
  };
  if (onProgress && typeof onProgress !== "function")
    throw new SheError("invalid-option", `onProgress is a function, not ${kind(onProgress)}`);
  if (signal && typeof signal.addEventListener !== "function")
    throw new SheError("invalid-option", `signal is an AbortSignal, not ${kind(signal)}`);
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
  throw new SheError(
    "invalid-option",
    `${name} is ${shown(given)}, allowed: ${allowed}; leave it out for the default`,
  );
}
