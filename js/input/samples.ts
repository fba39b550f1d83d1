import { SheError } from "../error.js";
import type { BatchReport } from "../types.js";
import { isFloats, typeName } from "./realm.js";

/**
 * Values of one sample. More than the model takes are refused before they are copied to
 * WebAssembly, which may lack the memory.
 */
export function oneSample(values: Float32Array, inputShape: number[]): Float32Array {
  const size = volume(inputShape);
  if (values.length <= size) return values;
  throw new SheError(
    "input-length",
    `the input has ${values.length} values, expected ${size} for shape [${inputShape.join(", ")}]`,
  );
}

/** Refuses anything but samples laid end to end. */
export function checkFloats(data: unknown): asserts data is Float32Array {
  if (!isFloats(data))
    throw new SheError(
      "input-kind",
      `a batch is a Float32Array of samples laid end to end, not ${typeName(data)}`,
    );
}

/** Number of samples laid end to end in `data`; refuses a part of one. */
export function countSamples(data: unknown, inputShape: number[]): number {
  checkFloats(data);
  const size = volume(inputShape);
  if (data.length % size !== 0) {
    throw new SheError(
      "input-length",
      `the batch has ${data.length} values, expected a multiple of ${size} ` +
        `for shape [${inputShape.join(", ")}]`,
    );
  }
  return data.length / size;
}

/**
 * Part of a batch; refuses values that are not finite, or whose buffer was transferred. A part at a
 * time, because checking all of a large batch takes long.
 */
export function finitePart(data: Float32Array, from: number, to: number): Float32Array {
  const part = partOf(data, from, to);
  let index = 0;
  // A loop, because a function called for each value takes longer than a small model.
  while (index < part.length && Number.isFinite(part[index])) index++;
  if (index === part.length) return part;
  throw new SheError(
    "not-finite",
    `${part[index]} at index ${from + index} of the batch, only finite numbers are allowed`,
  );
}

function partOf(data: Float32Array, from: number, to: number): Float32Array {
  try {
    return data.subarray(from, to);
  } catch (cause) {
    throw new SheError("input-kind", `the batch cannot be read: ${String(cause)}`, { cause });
  }
}

/** Number of values in a sample. */
export function volume(shape: number[]): number {
  return shape.reduce((product, dim) => product * dim, 1);
}

/** Joins batch reports in their order; there is at least one. */
export function joinReports(parts: [BatchReport, ...BatchReport[]]): BatchReport {
  if (parts.length === 1) return parts[0];
  const names = Object.keys(parts[0]) as (keyof BatchReport)[];
  return Object.fromEntries(
    names.map((name) => [name, concatenate(parts.map((part) => part[name]))]),
  ) as unknown as BatchReport;
}

function concatenate(arrays: BatchReport[keyof BatchReport][]): BatchReport[keyof BatchReport] {
  const length = arrays.reduce((sum, array) => sum + array.length, 0);
  const [first] = arrays as [BatchReport["scores"]];
  const whole = new (first.constructor as Float32ArrayConstructor)(length);
  let offset = 0;
  for (const array of arrays) {
    whole.set(array, offset);
    offset += array.length;
  }
  return whole;
}
