import { SheError } from "./error.js";
import { isFloats, kind } from "./realm.js";
import type { BatchReport } from "./types.js";

/** Number of samples laid end to end in `data`, which are of the model's shape, or else refused. */
export function samplesIn(data: unknown, inputShape: number[]): number {
  if (!isFloats(data)) {
    throw new SheError(
      "input-kind",
      `a batch is a Float32Array of samples laid end to end, not ${kind(data)}`,
    );
  }
  const size = volume(inputShape);
  if (data.length % size !== 0) {
    throw new SheError(
      "input-length",
      `the batch has ${data.length} values, expected a multiple of ${size} for shape [${inputShape.join(", ")}]`,
    );
  }
  return data.length / size;
}

/**
 * Values of one sample; more than the model takes are refused before they are copied to
 * WebAssembly, which they may not fit into.
 */
export function oneSample(data: Float32Array, inputShape: number[]): Float32Array {
  const size = volume(inputShape);
  if (data.length <= size) return data;
  throw new SheError(
    "input-length",
    `the input has ${data.length} values, expected ${size} for shape [${inputShape.join(", ")}]`,
  );
}

/**
 * Part of a batch, whose values are finite, or else refused. A part at a time, as looking at all of
 * a large batch takes long.
 */
export function finite(data: Float32Array, from: number, to: number): Float32Array {
  const part = data.subarray(from, to);
  let index = 0;
  // A loop, as a function called for each value takes longer than a small model.
  while (index < part.length && Number.isFinite(part[index])) index++;
  if (index === part.length) return part;
  throw new SheError(
    "not-finite",
    `the batch holds ${part[index]} at index ${from + index}, only finite numbers are allowed`,
  );
}

/** Number of values in a sample. */
export function volume(shape: number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Batch reports end to end. */
export function joined(parts: BatchReport[]): BatchReport {
  const names = Object.keys(parts[0]!) as (keyof BatchReport)[];
  return Object.fromEntries(
    names.map((name) => [name, concatenated(parts.map((part) => part[name]))]),
  ) as unknown as BatchReport;
}

function concatenated<T extends Float32Array | Float64Array | Uint8Array | Uint32Array>(
  arrays: T[],
): T {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const whole = new (arrays[0]!.constructor as new (length: number) => T)(length);
  let offset = 0;
  for (const array of arrays) {
    whole.set(array, offset);
    offset += array.length;
  }
  return whole;
}
