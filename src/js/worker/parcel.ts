import { SheError } from "../error.js";
import { pixelsOf, sizeOf } from "../pixels.js";
import { kind } from "../source.js";
import type { Drawable, Input, Pixels } from "../types.js";

/** An input as it travels to a thread, and what of it is handed over, not copied. The caller keeps what it gave. */
export interface Parcel {
  value: unknown;
  transfer: Transferable[];
}

export async function parcel(input: Input | Blob): Promise<Parcel> {
  if (input instanceof Blob) return { value: input, transfer: [] };
  if (input instanceof Float32Array) return values(input);
  const size = sizeOf(input);
  if (size) return bitmap(input as Drawable, size);
  const { data, width, height } = pixelsOf(input as Pixels);
  const copy = data.slice();
  return { value: { data: copy, width, height }, transfer: [copy.buffer] };
}

/** A copy, as a view would take all of its buffer along. */
export function values(input: Float32Array): Parcel {
  try {
    const value = input.slice();
    return { value, transfer: [value.buffer] };
  } catch (cause) {
    throw new SheError("input-kind", `these values cannot be read: ${String(cause)}`, { cause });
  }
}

/** What it shows now; its pixels are read in the thread. */
async function bitmap(input: Drawable, [resizeWidth, resizeHeight]: [number, number]): Promise<Parcel> {
  try {
    // Drawings without a size of their own need to be told.
    const value = await createImageBitmap(input, globalThis.HTMLImageElement && input instanceof HTMLImageElement ? { resizeWidth, resizeHeight } : {});
    return { value, transfer: [value] };
  } catch (cause) {
    throw new SheError("input-kind", `the pixels of the ${kind(input)} cannot be read: ${String(cause)}`, { cause });
  }
}
