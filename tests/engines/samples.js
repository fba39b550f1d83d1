// Samples for the detector of digits: values of the model's input, and pixels.

export const VALUES = Float32Array.from({ length: 784 }, (_, i) => Math.abs(Math.sin(i / 9)));

const [width, height] = [60, 40];
const ink = (x, y) => Math.hypot(x - 30, y - 20) > 8 && Math.hypot(x - 30, y - 20) < 14;

/** A ring, black on white. */
export const PIXELS = {
  width,
  height,
  data: Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) =>
    i % 4 < 3 && ink((i >> 2) % width, Math.floor((i >> 2) / width)) ? 0 : 255,
  ),
};
