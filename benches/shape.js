// How many numbers a sample has, and samples of noise.

export const volume = (shape) => shape.reduce((product, side) => product * side, 1);

/** Numbers from 0 to 1, the same at every run. */
export function noise(shape, seed = 7) {
  let state = seed;
  return Float32Array.from({ length: volume(shape) }, () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  });
}
