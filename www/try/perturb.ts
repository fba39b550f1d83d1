/** Pictures pushed out of what a detector knows: turned, blurred, mixed with another, and so on. */

/** How far a picture is pushed each way; all zeros leave it as it is. */
export interface Push {
  /** Degrees, clockwise. */
  rotation: number;
  /** Share of another picture, 0 to 1. */
  blend: number;
  /** Standard deviation of the blur, as a share of the width. */
  blur: number;
  /** Added to every pixel, -1 to 1. */
  brightness: number;
  /** Share of the negative, 0 to 1. */
  inversion: number;
  /** Standard deviation of the noise, 0 to 1. */
  noise: number;
}

export const NONE: Push = { rotation: 0, blend: 0, blur: 0, brightness: 0, inversion: 0, noise: 0 };

/** The picture as it is after the push, of the same size; `other` is what it is blended with. */
export function pushed(picture: ImageData, push: Push, other: ImageData | undefined): ImageData {
  const moved = turned(picture, push, other);
  const values = Float32Array.from(moved.data, (value) => value / 255);
  if (push.blur > 0) blurred(values, moved.width, moved.height, push.blur * moved.width);
  return toned(values, moved, push);
}

/** Blended and turned by the browser, about its middle, on the colour of its corner. */
function turned(
  picture: ImageData,
  { rotation, blend }: Push,
  other: ImageData | undefined,
): ImageData {
  const { width, height } = picture;
  if (rotation === 0 && (blend === 0 || !other)) return picture;
  const context = new OffscreenCanvas(width, height).getContext("2d", {
    willReadFrequently: true,
  })!;
  const [red, green, blue] = picture.data;
  context.fillStyle = `rgb(${red} ${green} ${blue})`;
  context.fillRect(0, 0, width, height);
  context.translate(width / 2, height / 2);
  context.rotate((rotation * Math.PI) / 180);
  context.drawImage(canvasOf(picture), -width / 2, -height / 2);
  if (other && blend > 0) {
    context.globalAlpha = blend;
    context.drawImage(canvasOf(other), -width / 2, -height / 2, width, height);
  }
  return context.getImageData(0, 0, width, height);
}

/** Pixels a side beyond which pushing does not keep up with a slider. */
const MOST_SIDE = 224;

/** A picture that is small enough to be pushed. */
export function shrunk(picture: ImageData): ImageData {
  return Math.max(picture.width, picture.height) > MOST_SIDE
    ? pixelsWithin(canvasOf(picture), MOST_SIDE)
    : picture;
}

/** The pixels of a picture, made smaller where it has more than so many a side. */
export function pixelsWithin(picture: ImageBitmap | OffscreenCanvas, most: number): ImageData {
  const zoom = Math.min(1, most / Math.max(picture.width, picture.height));
  const [width, height] = [picture.width, picture.height].map((side) =>
    Math.max(1, Math.round(side * zoom)),
  ) as [number, number];
  const context = new OffscreenCanvas(width, height).getContext("2d", {
    willReadFrequently: true,
  })!;
  // As it is judged.
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

export function canvasOf(pixels: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  return canvas;
}

/** A Gaussian along the rows, then along the columns. */
function blurred(values: Float32Array, width: number, height: number, deviation: number): void {
  const reach = Math.ceil(2.5 * deviation);
  const kernel = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const sum = kernel.reduce((sum, weight) => sum + weight, 0);
  convolved(
    values,
    height,
    width,
    width,
    1,
    kernel.map((weight) => weight / sum),
  );
  convolved(
    values,
    width,
    height,
    1,
    width,
    kernel.map((weight) => weight / sum),
  );
}

/**
 * Each of `lines`, `between` apart, of `length` pixels that are `step` apart. What lies beyond an
 * end is as the end.
 */
function convolved(
  values: Float32Array,
  lines: number,
  length: number,
  between: number,
  step: number,
  kernel: Float32Array,
): void {
  const reach = (kernel.length - 1) / 2;
  const line = new Float32Array(length);
  for (let channel = 0; channel < 3; channel++) {
    for (let start = 0; start < lines; start++) {
      const at = (i: number) =>
        4 * (start * between + Math.max(0, Math.min(length - 1, i)) * step) + channel;
      line.forEach(
        (_, i) =>
          (line[i] = kernel.reduce(
            (sum, weight, k) => sum + weight * values[at(i + k - reach)]!,
            0,
          )),
      );
      line.forEach((value, i) => (values[at(i)] = value));
    }
  }
}

/** Brightness, negative and noise, each channel by itself. */
function toned(
  values: Float32Array,
  { width, height }: ImageData,
  { brightness, inversion, noise }: Push,
): ImageData {
  const random = normal();
  const data = Uint8ClampedArray.from(values, (value, i) => {
    if (i % 4 === 3) return 255 * value;
    const lit = Math.max(0, Math.min(1, value + brightness));
    return 255 * (lit + inversion * (1 - 2 * lit) + (noise > 0 ? noise * random() : 0));
  });
  return new ImageData(data, width, height);
}

/** Normal numbers, the same each time, so that noise stays where it is while a slider moves. */
function normal(): () => number {
  let state = 1;
  // Park and Miller's generator; twelve uniform numbers sum to nearly a normal one.
  const uniform = () => (state = (state * 48271) % 2147483647) / 2147483647;
  return () => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6);
}
