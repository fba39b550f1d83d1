/** Gaussian blur of RGBA pixels. */
import { at } from "../shared/at";

/** A line of pixels: where it begins, how many it has, and how far apart they are. */
interface Line {
  start: number;
  length: number;
  step: number;
}

/**
 * Blurs the three colours of RGBA `values` in place, along the rows and then along the columns.
 * `deviation` is in pixels; beyond an edge, its pixel goes on.
 */
export function blur(values: Float32Array, width: number, height: number, deviation: number): void {
  const kernel = gaussian(deviation);
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++)
      convolve(values, { start: 4 * y * width + channel, length: width, step: 4 }, kernel);
    for (let x = 0; x < width; x++)
      convolve(values, { start: 4 * x + channel, length: height, step: 4 * width }, kernel);
  }
}

/** Weights that sum to one. */
function gaussian(deviation: number): Float32Array {
  const reach = Math.ceil(2.5 * deviation);
  const weights = Float32Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * deviation ** 2)),
  );
  const sum = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / sum);
}

function convolve(values: Float32Array, { start, length, step }: Line, kernel: Float32Array): void {
  const reach = (kernel.length - 1) / 2;
  const place = (i: number) => start + step * Math.max(0, Math.min(length - 1, i));
  const line = Float32Array.from({ length }, (_, i) =>
    kernel.reduce((sum, weight, k) => sum + weight * at(values, place(i + k - reach)), 0),
  );
  line.forEach((value, i) => {
    values[place(i)] = value;
  });
}
