import { SheError } from "../error.js";
import { typeName } from "./realm.js";

/**
 * Copies of the scores of ID and OOD samples, nothing rounded.
 *
 * @throws {@linkcode SheError} `input-kind` for anything but an array of numbers.
 */
export function scoresOf(
  id: ArrayLike<number>,
  ood: ArrayLike<number>,
): [Float64Array, Float64Array] {
  return [copied("the ID scores", id), copied("the OOD scores", ood)];
}

function copied(what: string, scores: ArrayLike<number>): Float64Array {
  try {
    return isTyped(scores) ? new Float64Array(scores) : eachChecked(what, scores);
  } catch (cause) {
    if (cause instanceof SheError) throw cause;
    throw new SheError("input-kind", `${what} cannot be read: ${String(cause)}`, { cause });
  }
}

/** Whether these are numbers that need no look at each: a typed array, of whatever realm. */
function isTyped(scores: ArrayLike<unknown>): boolean {
  return (
    ArrayBuffer.isView(scores) && "BYTES_PER_ELEMENT" in scores && typeof scores[0] !== "bigint"
  );
}

function eachChecked(what: string, scores: ArrayLike<unknown>): Float64Array {
  const length = lengthOf(scores);
  if (length === undefined)
    throw new SheError("input-kind", `${what} are an array of numbers, not ${typeName(scores)}`);
  const copy = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    const score = scores[i];
    if (typeof score !== "number")
      throw new SheError(
        "input-kind",
        `${what} hold ${shown(score)} at index ${i}, only numbers are allowed`,
      );
    copy[i] = score;
  }
  return copy;
}

/**
 * The length of an array or of an object like one; strings and functions have a length too, and are
 * neither.
 */
function lengthOf(scores: unknown): number | undefined {
  if (typeof scores !== "object" || scores === null) return undefined;
  const { length } = scores as { length?: unknown };
  return Number.isSafeInteger(length) && (length as number) >= 0 ? (length as number) : undefined;
}

/** A value as an error names it. */
function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 20));
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "boolean" ? String(value) : typeName(value);
}
