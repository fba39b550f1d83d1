import { pixelsOf, sizeOf } from "../pixels.js";
import type { Drawable, Input, Pixels } from "../types.js";

/** An input as it travels to a thread, and what of it is handed over, not copied. The caller keeps what it gave. */
export interface Parcel {
  value: unknown;
  transfer: Transferable[];
}

export async function parcel(input: Input | Blob): Promise<Parcel> {
  if (input instanceof Blob) return { value: input, transfer: [] };
  if (input instanceof Float32Array) return values(input);
  if (sizeOf(input)) return bitmap(input as Drawable);
  const { data, width, height } = pixelsOf(input as Pixels);
  const copy = data.slice();
  return { value: { data: copy, width, height }, transfer: [copy.buffer] };
}

/** A copy, as a view would take all of its buffer along. */
export function values(input: Float32Array): Parcel {
  const value = input.slice();
  return { value, transfer: [value.buffer] };
}

/** What it shows now; its pixels are read in the thread. */
async function bitmap(input: Drawable): Promise<Parcel> {
  const value = await createImageBitmap(input);
  return { value, transfer: [value] };
}
