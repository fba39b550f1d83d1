import { SheError } from "../error.js";
import type { Bytes } from "../file/response.js";

/** A copy of each part. */
export function partsOf(parts: Iterable<Uint8Array>): Bytes[] {
  if (typeof parts?.[Symbol.iterator] !== "function")
    throw new SheError("input-kind", "merge takes an array of Uint8Array, the bytes of parts");
  return Array.from(parts, partOf);
}

/** A copy of the bytes of a part. */
export function partOf(bytes: Uint8Array): Bytes {
  if (Object.prototype.toString.call(bytes) !== "[object Uint8Array]")
    throw new SheError("input-kind", "a part is the Uint8Array that toBytes returns");
  return Uint8Array.from(bytes);
}
