import { SheError } from "../error.js";
import { pixelsOf, sizeOf } from "../input/pixels.js";
import { isBlob, isFloats, isOf, typeName } from "../input/realm.js";
import type { Drawable, Input, Pixels } from "../types.js";

/** An input on its way to a thread, with the buffers to transfer. The caller keeps its own. */
export interface Parcel {
  value: unknown;
  transfer: Transferable[];
}

/** Packs an input for a thread. */
export async function pack(input: Input | Blob): Promise<Parcel> {
  if (isBlob(input)) return { value: input, transfer: [] };
  if (isFloats(input)) return copyOf(input);
  const isBitmap =
    sizeOf(input) &&
    !differsAsBitmap(input as Drawable) &&
    typeof createImageBitmap !== "undefined";
  return isBitmap ? bitmap(input as Drawable) : pixels(input as Pixels | Drawable);
}

/**
 * Whether a bitmap may differ from what a canvas shows: in colour for an image with a profile and
 * alpha or deep pixels, in size for a drawing, in transparency for a frame with alpha.
 */
function differsAsBitmap(input: Drawable): boolean {
  return (
    isOf(input, "HTMLImageElement") ||
    (isOf(input, "VideoFrame") && /A/.test((input as VideoFrame).format ?? "A"))
  );
}

/** Packs a copy of values: a view would take all of its buffer along. */
export function copyOf(input: Float32Array): Parcel {
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

/** Packs what it shows now; the thread reads the pixels. */
async function bitmap(input: Drawable): Promise<Parcel> {
  try {
    const value = await createImageBitmap(input, { premultiplyAlpha: "none" });
    return { value, transfer: [value] };
  } catch (cause) {
    throw new SheError(
      "input-kind",
      `the pixels of the ${typeName(input)} cannot be read: ${String(cause)}`,
      { cause },
    );
  }
}
