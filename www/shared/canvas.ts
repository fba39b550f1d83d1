/** Pictures on canvases. */

type Settings = CanvasRenderingContext2DSettings;

/** Returns the 2D context that every canvas has which was not used otherwise before. */
export function contextOf(canvas: HTMLCanvasElement, settings?: Settings): CanvasRenderingContext2D;
export function contextOf(
  canvas: OffscreenCanvas,
  settings?: Settings,
): OffscreenCanvasRenderingContext2D;
export function contextOf(canvas: HTMLCanvasElement | OffscreenCanvas, settings?: Settings) {
  const context = canvas.getContext("2d", settings);
  if (!context) throw new Error("This browser has no 2D canvas; free memory or update it.");
  return context;
}

/** Creates a canvas whose pixels are read back. */
export function readableCanvas(width: number, height: number): OffscreenCanvasRenderingContext2D {
  return contextOf(new OffscreenCanvas(width, height), { willReadFrequently: true });
}

/** Copies pixels to a canvas, from which they can be drawn at any size. */
export function canvasOf(pixels: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  contextOf(canvas).putImageData(pixels, 0, 0);
  return canvas;
}

/** Creates an element that shows a picture. */
export function pictureElement(picture: ImageData): HTMLCanvasElement {
  const { width, height } = picture;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  contextOf(canvas).putImageData(picture, 0, 0);
  return canvas;
}

/** Encodes a picture as a PNG file. */
export async function pngFile(pixels: ImageData, name: string): Promise<File> {
  const blob = await canvasOf(pixels).convertToBlob();
  return new File([blob], name, { type: "image/png" });
}

/** Reads the pixels of a picture, scaled down to at most `most` a side, on white. */
export function pixelsWithin(picture: ImageBitmap | OffscreenCanvas, most: number): ImageData {
  const zoom = Math.min(1, most / Math.max(picture.width, picture.height));
  const scaled = (side: number) => Math.max(1, Math.round(side * zoom));
  const [width, height] = [scaled(picture.width), scaled(picture.height)];
  const context = readableCanvas(width, height);
  // Detectors see transparent pixels on white, too.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}
