import { SheError } from "../error.js";
import { shown, typeName } from "../input/realm.js";
import { checkFloats, volume } from "../input/samples.js";
import type { ClassIndices } from "./types.js";

/** Classes of samples of this shape, as WebAssembly takes them; there must be one a sample. */
export function classesOf(
  data: Float32Array,
  classes: ClassIndices,
  inputShape: number[],
): Uint32Array<ArrayBuffer> {
  checkFloats(data);
  const [all, size] = [classIndices(classes), volume(inputShape)];
  if (data.length !== all.length * size) {
    throw new SheError(
      "invalid-option",
      `${all.length} classes for ${data.length} values, expected one for each ${size} of shape ` +
        `[${inputShape.join(", ")}]`,
    );
  }
  return all;
}

/** Class indices as WebAssembly takes them. */
export function classIndices(classes: ArrayLike<number | bigint>): Uint32Array<ArrayBuffer> {
  if (typeof classes !== "object" || typeof classes?.length !== "number")
    throw new SheError(
      "unknown-class",
      `the classes of samples are an array of indices, not ${typeName(classes)}`,
    );
  return Uint32Array.from(Array.from(classes, classIndex));
}

/** A class index; WebAssembly would round any other number. */
export function classIndex(index: number | bigint): number {
  const number = typeof index === "bigint" ? Number(index) : index;
  if (Number.isInteger(number) && number >= 0 && number < 2 ** 32) return number;
  throw new SheError(
    "unknown-class",
    `a class is given by its index, a whole number from 0, not ${shown(index)}`,
  );
}
