import { SheError } from "../error.js";
import { typeName } from "../input/realm.js";
import type { BatchOptions, ExplainOptions, ExportOptions } from "../types.js";
import { abortSignal, any, type Check, callback, fields, flag, orNull } from "./checks.js";

/** A check for each option of a call. */
export type Checks<T> = Record<keyof T, Check>;

/** Checks of the options of calls that can be aborted. */
export const SIGNAL = { signal: /* @__PURE__ */ orNull(abortSignal) };

/** Checks of the options of calls that take long. */
export const PROGRESS = {
  ...SIGNAL,
  onProgress: /* @__PURE__ */ orNull(callback),
} satisfies Checks<BatchOptions>;

export const EXPLAIN = { class: any } satisfies Checks<ExplainOptions>;

export const EXPORT = { taps: flag, preprocess: flag } satisfies Checks<ExportOptions>;

/** A checked copy of the options of a call; none for `null`. */
export function optionsOf<T extends object>(
  given: T | null | undefined,
  checks: Checks<T>,
): Partial<T> {
  if (given === null || given === undefined) return {};
  if (typeof given === "object") return fields(checks)(given, "") as Partial<T>;
  throw new SheError(
    "invalid-option",
    `options are an object such as { signal }, not ${typeName(given)}`,
  );
}
