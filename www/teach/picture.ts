/** Pictures that the visitor shows: what the network gets, and what is seen of it. */
import { contextOf, pixelsWithin } from "../shared/canvas";

export interface Picture {
  /** For the network: a file is decoded in the worker, at full size. */
  input: ImageData | File;
  /** For the eye. */
  pixels: ImageData;
}

/** Pixels a side of what is seen of a photo, and of a thumbnail. */
const [VIEW, THUMBNAIL] = [512, 64];

export function pictureOfFrame(pixels: ImageData): Picture {
  return { input: pixels, pixels };
}

/** @throws {Error} When the browser cannot read the file as a picture. */
export async function pictureOfFile(file: File): Promise<Picture> {
  const bitmap = await createImageBitmap(file).catch((cause: unknown) => {
    throw new Error(`This browser cannot read the image ${file.name}.`, { cause });
  });
  try {
    return { input: file, pixels: pixelsWithin(bitmap, VIEW) };
  } finally {
    bitmap.close();
  }
}

/** Tells copies of a file by their bytes; nothing where the page is not served securely. */
export async function digestOf(file: File): Promise<string | undefined> {
  const bytes = await crypto.subtle?.digest("SHA-256", await file.arrayBuffer());
  return bytes && new Uint8Array(bytes).join();
}

/** The middle square of a picture, small. */
export async function thumbnailOf({ pixels }: Picture): Promise<HTMLCanvasElement> {
  const side = Math.min(pixels.width, pixels.height);
  const left = Math.floor((pixels.width - side) / 2);
  const top = Math.floor((pixels.height - side) / 2);
  const bitmap = await createImageBitmap(pixels, left, top, side, side, {
    resizeWidth: THUMBNAIL,
    resizeHeight: THUMBNAIL,
    resizeQuality: "medium",
  });
  const size = { width: THUMBNAIL, height: THUMBNAIL };
  const canvas = Object.assign(document.createElement("canvas"), size);
  contextOf(canvas).drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}

/** Shows a picture on a canvas, whole. */
export function drawPicture(canvas: HTMLCanvasElement, { pixels }: Picture): void {
  canvas.width = pixels.width;
  canvas.height = pixels.height;
  contextOf(canvas).putImageData(pixels, 0, 0);
}
