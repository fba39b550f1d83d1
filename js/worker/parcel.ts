import { SheError } from "../error.js";
import { pixelsOf, sizeOf } from "../pixels.js";
import { isBlob, isFloats, isOf, kind } from "../realm.js";
import type { Drawable, Input, Pixels } from "../types.js";

/**
 * An input as it travels to a thread, and what of it is handed over, not copied. The caller keeps
 * what it gave.
 */
export interface Parcel {
  value: unknown;
  transfer: Transferable[];
}

export async function parcel(input: Input | Blob): Promise<Parcel> {
  if (isBlob(input)) return { value: input, transfer: [] };
  if (isFloats(input)) return values(input);
  const isBitmap =
    sizeOf(input) && !differs(input as Drawable) && typeof createImageBitmap !== "undefined";
  return isBitmap ? bitmap(input as Drawable) : pixels(input as Pixels | Drawable);
}

/**
 * Whether a bitmap may show something else than a canvas does: of an image with a profile and alpha
 * or deep pixels other colours, of a drawing another size, of a frame with alpha other
 * transparency.
 */
function differs(input: Drawable): boolean {
  return (
    isOf(input, "HTMLImageElement") ||
    (isOf(input, "VideoFrame") && /A/.test((input as VideoFrame).format ?? "A"))
  );
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

/** What it shows now, whose pixels are read in the thread. */
async function bitmap(input: Drawable): Promise<Parcel> {
  try {
    const value = await createImageBitmap(input, { premultiplyAlpha: "none" });
    return { value, transfer: [value] };
  } catch (cause) {
    throw new SheError(
      "input-kind",
      `the pixels of the ${kind(input)} cannot be read: ${String(cause)}`,
      { cause },
    );
  }
}
