/** Sums and products of vectors of one length. */
import { at } from "../shared/at";

export function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += at(one, i) * at(other, i);
  return sum;
}

/** The vector scaled to length 1; zero stays zero. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map((value) => value / length);
}

export function mean(vectors: Float32Array[]): Float32Array {
  const weight = 1 / vectors.length;
  return combine(
    vectors,
    vectors.map(() => weight),
  );
}

/** The weighted sum of vectors. */
export function combine(vectors: Float32Array[], weights: number[]): Float32Array {
  return at(vectors, 0).map((_, d) =>
    vectors.reduce((sum, vector, i) => sum + at(weights, i) * at(vector, d), 0),
  );
}
