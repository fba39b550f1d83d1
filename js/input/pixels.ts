import { SheError } from "../error.js";
import type { Drawable, Pixels } from "../types.js";
import { srgbBytes } from "./colour.js";
import { isBlob, isBytes, isHalfFloats, isOf, shown, typeName } from "./realm.js";

/** The pixels of a picture: sRGB, red, green, blue and alpha. */
export interface Rgba {
  data: Uint8Array;
  width: number;
  height: number;
}

const WHAT =
  "a sample is a Float32Array, { data, width, height } as of an ImageData, an image, canvas, " +
  "video, ImageBitmap, VideoFrame or Blob";

/** Bytes of a picture that fit into WebAssembly beside a model: the largest that browsers draw. */
const MOST_BYTES = 2 ** 30;

/** The pixels of an `ImageData`, or of anything that can be drawn on a canvas. */
export function pixelsOf(input: Pixels | Drawable): Rgba {
  if (isBlob(input))
    throw new SheError(
      "input-kind",
      `a ${typeName(input)} must be decoded first: give await decode(file)`,
    );
  const data: unknown = (input as Pixels | null | undefined)?.data;
  if (isBytes(data) || isHalfFloats(data)) return checkPixels(input as Pixels);
  const size = sizeOf(input);
  if (!size) throw new SheError("input-kind", `${WHAT}, not ${typeName(input)}`);
  return draw(input as Drawable, size);
}

/**
 * Decodes the picture in a file, for the calls of `she-ood` that return at once. The picture is
 * turned as its EXIF entry says, and its colours are converted to sRGB.
 *
 * ```js
 * const report = detector.score(await decode(input.files[0]));
 * ```
 *
 * @throws {@linkcode SheError} `input-kind` for a file that this browser cannot decode, and for
 * anything but a `Blob` or `File`; `image-size` for a picture too large to draw.
 */
export async function decode(file: Blob): Promise<Pixels> {
  if (!isBlob(file))
    throw new SheError("input-kind", `decode takes a Blob or File, not ${typeName(file)}`);
  if (typeof createImageBitmap === "undefined")
    throw new SheError(
      "input-kind",
      "pictures cannot be decoded here: give { data, width, height }",
    );
  let bitmap: ImageBitmap;
  try {
    // Multiplied by alpha and rounded, colours would be converted several levels off.
    bitmap = await createImageBitmap(file, {
      imageOrientation: "from-image",
      premultiplyAlpha: "none",
    });
  } catch (cause) {
    throw new SheError(
      "input-kind",
      `this ${`${file.type} file`.trim()} of ${file.size} bytes is not a picture that can be ` +
        "decoded here: give a PNG, JPEG or WebP",
      { cause },
    );
  }
  try {
    return draw(bitmap, [bitmap.width, bitmap.height]);
  } finally {
    bitmap.close();
  }
}

/** Pixels of this size, which is given, as a canvas takes them. */
export function imageOf(
  pixels: Uint8Array<ArrayBuffer>,
  size: { width: number; height: number } | null,
): ImageData {
  const { width, height } = size as { width: number; height: number };
  const data = new Uint8ClampedArray(pixels.buffer);
  return typeof ImageData === "undefined"
    ? { data, width, height, colorSpace: "srgb" }
    : new ImageData(data, width, height);
}

function checkPixels(pixels: Pixels): Rgba {
  const { data, width, height } = pixels;
  if (![width, height].every((side) => Number.isInteger(side) && side >= 0 && side < 2 ** 32)) {
    throw new SheError(
      "image-size",
      `width and height of an image are whole numbers of pixels, not ${shown(width)} x ` +
        `${shown(height)}`,
    );
  }
  if (data.byteLength > MOST_BYTES) {
    throw new SheError(
      "image-size",
      `the image of ${width} x ${height} pixels has ${data.byteLength} bytes, at most ` +
        `${MOST_BYTES} are allowed: make it smaller first`,
    );
  }
  try {
    return { data: srgbBytes(pixels), width, height };
  } catch (cause) {
    if (cause instanceof SheError) throw cause;
    throw new SheError("input-kind", `these pixels cannot be read: ${String(cause)}`, { cause });
  }
}

/** Width and height of a drawable; refuses one that shows nothing yet. */
export function sizeOf(input: unknown): [number, number] | undefined {
  const size = sidesOf(input);
  if (size?.some((side) => !(side > 0)))
    throw new SheError(
      "image-size",
      `the ${typeName(input)} has no pixels (${size.join(" x ")}): is it loaded?`,
    );
  return size;
}

function sidesOf(input: unknown): [number, number] | undefined {
  const sides = (input ?? {}) as HTMLImageElement & HTMLVideoElement & VideoFrame;
  if (isOf(input, "HTMLImageElement")) return [sides.naturalWidth, sides.naturalHeight];
  if (isOf(input, "HTMLVideoElement")) return [sides.videoWidth, sides.videoHeight];
  if (isOf(input, "VideoFrame")) return [sides.displayWidth, sides.displayHeight];
  if (isOf(input, "HTMLCanvasElement", "OffscreenCanvas", "ImageBitmap"))
    return [sides.width, sides.height];
  return undefined;
}

function draw(source: Drawable, [width, height]: [number, number]): Rgba {
  try {
    const context = newCanvas(width, height)?.getContext("2d", { willReadFrequently: true });
    if (!context)
      throw new SheError(
        "input-kind",
        `there is no canvas here to read the ${typeName(source)} with: give { data, width, ` +
          "height }",
      );
    // White paper first: a canvas rounds the colours of transparent pixels.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.drawImage(source, 0, 0, width, height);
    const { data } = context.getImageData(0, 0, width, height);
    if (!context.isContextLost?.()) return { data: new Uint8Array(data.buffer), width, height };
  } catch (cause) {
    if (cause instanceof SheError) throw cause;
    throw new SheError(
      "input-kind",
      `the pixels of the ${typeName(source)} cannot be read: ${String(cause)}`,
      { cause },
    );
  }
  throw new SheError(
    "image-size",
    `the ${typeName(source)} of ${width} x ${height} pixels is larger than this browser can draw`,
  );
}

/** A new canvas for each picture: one that was too large once draws nothing any more. */
function newCanvas(width: number, height: number): OffscreenCanvas | undefined {
  if (typeof OffscreenCanvas !== "undefined") return new OffscreenCanvas(width, height);
  const canvas = globalThis.document?.createElement("canvas");
  return canvas && (Object.assign(canvas, { width, height }) as unknown as OffscreenCanvas);
}
