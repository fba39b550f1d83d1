/** Pictures pushed out of distribution: turned, blurred, blended with another, and so on. */
import { canvasOf, pixelsWithin, readableCanvas } from "../shared/canvas";
import { blur } from "./blur";

/** How far a picture is pushed each way; zero leaves it as it is. */
export interface Perturbation {
  /** Degrees, clockwise. */
  rotation: number;
  /** Weight of another picture, 0 to 1. */
  blend: number;
  /** Standard deviation of the blur, as a fraction of the width. */
  blur: number;
  /** Added to every pixel, -1 to 1. */
  brightness: number;
  /** Weight of the negative, 0 to 1. */
  inversion: number;
  /** Standard deviation of the noise, 0 to 1. */
  noise: number;
}

export const NONE: Perturbation = {
  rotation: 0,
  blend: 0,
  blur: 0,
  brightness: 0,
  inversion: 0,
  noise: 0,
};

export function isNone(perturbation: Perturbation): boolean {
  return Object.values(perturbation).every((value) => value === 0);
}

/** Pixels a side beyond which this is too slow to follow a slider. */
const MOST_SIDE = 224;

/** Perturbs a picture, scaled down where it is large; `partner` is what it is blended with. */
export function perturb(
  picture: ImageData,
  perturbation: Perturbation,
  partner: ImageData | undefined,
): ImageData {
  const moved = rotateAndBlend(shrink(picture), perturbation, partner);
  const values = Float32Array.from(moved.data, (value) => value / 255);
  if (perturbation.blur > 0)
    blur(values, moved.width, moved.height, perturbation.blur * moved.width);
  return tone(values, moved, perturbation);
}

function shrink(picture: ImageData): ImageData {
  return Math.max(picture.width, picture.height) > MOST_SIDE
    ? pixelsWithin(canvasOf(picture), MOST_SIDE)
    : picture;
}

/** Rotates about the middle, on the colour of the corner, and blends. */
function rotateAndBlend(
  picture: ImageData,
  { rotation, blend }: Perturbation,
  partner: ImageData | undefined,
): ImageData {
  const { width, height } = picture;
  if (rotation === 0 && (blend === 0 || !partner)) return picture;
  const context = readableCanvas(width, height);
  const [red, green, blue] = picture.data;
  context.fillStyle = `rgb(${red} ${green} ${blue})`;
  context.fillRect(0, 0, width, height);
  context.translate(width / 2, height / 2);
  context.rotate((rotation * Math.PI) / 180);
  context.drawImage(canvasOf(picture), -width / 2, -height / 2);
  if (partner && blend > 0) {
    context.globalAlpha = blend;
    context.drawImage(canvasOf(partner), -width / 2, -height / 2, width, height);
  }
  return context.getImageData(0, 0, width, height);
}

/** Applies brightness, negative and noise, each channel by itself. */
function tone(
  values: Float32Array,
  { width, height }: ImageData,
  { brightness, inversion, noise }: Perturbation,
): ImageData {
  const random = normalNumbers();
  const data = Uint8ClampedArray.from(values, (value, i) => {
    if (i % 4 === 3) return 255 * value;
    const lit = Math.max(0, Math.min(1, value + brightness));
    return 255 * (lit + inversion * (1 - 2 * lit) + (noise > 0 ? noise * random() : 0));
  });
  return new ImageData(data, width, height);
}

/** A source of normal numbers, the same each time: noise stays put while a slider moves. */
function normalNumbers(): () => number {
  let state = 1;
  // Park and Miller's generator; twelve uniform numbers sum to a nearly normal one.
  const uniform = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  return () => Array.from({ length: 12 }, uniform).reduce((sum, value) => sum + value, -6);
}
