/** The pixels of a video's frame. */
import { readableCanvas } from "../shared/canvas";

/**
 * Reads the middle square of what a video shows. The pixels last until the next but one is read:
 * memory for each anew would be a megabyte a frame.
 */
export class SquareReader {
  #spare: ImageData | undefined;
  #last: ImageData | undefined;

  async read(video: HTMLVideoElement): Promise<ImageData> {
    // Chromium keeps each frame that is drawn on a canvas, up to half a gigabyte.
    const copied = await copySquare(video, this.#spare).catch(() => undefined);
    const pixels = copied ?? drawSquare(video);
    [this.#spare, this.#last] = [this.#last, pixels];
    return pixels;
  }
}

/** The square as the browser converts it, if it does and the frame stands upright. */
async function copySquare(
  video: HTMLVideoElement,
  spare: ImageData | undefined,
): Promise<ImageData | undefined> {
  if (!("VideoFrame" in globalThis)) return undefined;
  const frame = new VideoFrame(video);
  try {
    const { width, height, x, y } = frame.visibleRect ?? new DOMRect();
    if (width !== video.videoWidth || height !== video.videoHeight) return undefined;
    const square = middleSquare(width, height);
    const rect = { ...square, x: x + square.x, y: y + square.y };
    const options: VideoFrameCopyToOptions = { format: "RGBA", rect };
    const fits = spare?.width === square.width && spare.height === square.height;
    const pixels = fits ? spare : new ImageData(square.width, square.height);
    await frame.copyTo(pixels.data, options);
    return pixels;
  } finally {
    frame.close();
  }
}

function drawSquare(video: HTMLVideoElement): ImageData {
  const { x, y, width, height } = middleSquare(video.videoWidth, video.videoHeight);
  const context = readableCanvas(width, height);
  context.drawImage(video, x, y, width, height, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** At even places and of even size, as frames store colours for every other pixel. */
function middleSquare(width: number, height: number) {
  const even = (length: number) => length - (length % 2);
  const side = even(Math.min(width, height));
  const [x, y] = [even(Math.floor((width - side) / 2)), even(Math.floor((height - side) / 2))];
  return { x, y, width: side, height: side };
}
