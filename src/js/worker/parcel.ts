import { SheError } from "../error.js";
import { pixelsOf, sizeOf } from "../pixels.js";
import { isBlob, isFloats, isOf, kind } from "../realm.js";
import type { Drawable, Input, Pixels } from "../types.js";

/** An input as it travels to a thread, and what of it is handed over, not copied. The caller keeps what it gave. */
export interface Parcel {
  value: unknown;
  transfer: Transferable[];
}

export async function parcel(input: Input | Blob): Promise<Parcel> {
  if (isBlob(input)) return { value: input, transfer: [] };
  if (isFloats(input)) return values(input);
  const size = sizeOf(input);
  return (size && (await bitmap(input as Drawable, size))) ?? pixels(input as Pixels | Drawable);
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

function pixels(input: Pixels | Drawable): Parcel {
  const { data, width, height } = pixelsOf(input);
  const copy = data.slice();
  return { value: { data: copy, width, height }, transfer: [copy.buffer] };
}

/**
 * What it shows now, whose pixels are read in the thread; nothing where that is not what a canvas of the page draws: of drawings without
 * a size of their own, and images shown at another density.
 */
async function bitmap(input: Drawable, [width, height]: [number, number]): Promise<Parcel | undefined> {
  if (typeof createImageBitmap === "undefined") return undefined;
  try {
    const value = await createImageBitmap(input);
    if (value.width === width && value.height === height) return { value, transfer: [value] };
    value.close();
  } catch (cause) {
    if (!isOf(input, "HTMLImageElement")) throw new SheError("input-kind", `the pixels of the ${kind(input)} cannot be read: ${String(cause)}`, { cause });
  }
  return undefined;
}
