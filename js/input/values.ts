/** What other runtimes compute, as rows of 32-bit floats with their shapes. */

import { SheError } from "../error.js";
import { isFloats, typeName } from "./realm.js";

/** Numbers end to end. */
export type Numbers = ArrayLike<number>;

/**
 * The values of a tensor, whose first dimension counts samples: numbers alone; `{ data, dims }`, as
 * onnxruntime-web and transformers.js have it; or `{ dataSync, shape }`, as TensorFlow.js has it.
 */
export type Values =
  | Numbers
  | { readonly data: Numbers; readonly dims: readonly (number | bigint)[] }
  | { readonly data: Numbers; readonly shape: readonly number[] }
  | {
      /** The values, once the device has computed them. */
      dataSync(): Numbers;
      readonly shape: readonly number[];
    };

/** Values with the shape that was given, if one was. */
export interface Shaped {
  data: Float32Array;
  shape: number[] | undefined;
}

/** Any of the shapes of {@linkcode Values}, before it is looked at. */
interface Given {
  data?: unknown;
  dataSync?: () => unknown;
  dims?: unknown;
  shape?: unknown;
  type?: unknown;
  location?: unknown;
}

/** Reads values; `what` names them in errors. */
export function shapedValues(given: unknown, what: string): Shaped {
  if (isNumbers(given)) return { data: floats(given, undefined, what), shape: undefined };
  if (typeof given !== "object" || given === null) throw unreadable(given, what);
  const { dims, shape = dims, type } = given as Given;
  const data = dataOf(given as Given, what);
  if (!isNumbers(data) || !isNumbers(shape)) throw unreadable(given, what);
  const values = { data: floats(data, type, what), shape: Array.from(shape, Number) };
  const size = values.shape.reduce((product, length) => product * length, 1);
  if (size === values.data.length) return values;
  throw new SheError(
    "input-length",
    `${what}: ${values.data.length} values do not fill the shape [${values.shape.join(", ")}]`,
  );
}

function dataOf(given: Given, what: string): unknown {
  if (typeof given.dataSync === "function") return given.dataSync();
  // onnxruntime-web throws when values on the GPU are asked for.
  if (typeof given.location === "string" && !["cpu", "cpu-pinned"].includes(given.location)) {
    throw new SheError(
      "input-kind",
      `${what} is in the location ${JSON.stringify(given.location)}: give ` +
        "{ data: await tensor.getData(), dims: tensor.dims }, or ask for outputs on the CPU with " +
        `preferredOutputLocation: "cpu"`,
    );
  }
  return given.data;
}

function isNumbers(value: unknown): value is Numbers {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

/** 32-bit floats of an array of numbers; `type` is what the tensor says of its numbers. */
function floats(data: Numbers, type: unknown, what: string): Float32Array {
  if (isFloats(data)) return data;
  const name = typeName(data);
  if (name === "Uint16Array" && type === "float16")
    return Float32Array.from(data as Uint16Array, fromHalf);
  if (name === "Float64Array" || name === "Float16Array") return Float32Array.from(data);
  if (name !== "Array") {
    throw new SheError(
      "input-kind",
      `${what} holds ${name}, allowed are floats: convert numbers of a quantised model by its ` +
        "scale and zero point first",
    );
  }
  const index = (data as unknown[]).findIndex((value) => typeof value !== "number");
  if (index < 0) return Float32Array.from(data);
  throw new SheError(
    "input-kind",
    `${what} holds ${typeName(data[index])} at index ${index}, allowed are numbers end to end`,
  );
}

/** The number of 16 bits of half precision. */
function fromHalf(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function unreadable(given: unknown, what: string): SheError {
  return new SheError(
    "input-kind",
    `${what} is ${typeName(given)}, allowed: an array of numbers, { data, dims }, or a tensor of ` +
      "TensorFlow.js",
  );
}
