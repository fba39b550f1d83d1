/** Features in the plane: the one in which the means of the classes are furthest apart. */

export type Place = [x: number, y: number];

/** Turns of the power iteration: the axes are for looking at. */
const TURNS = 200;

/** The first two principal axes of the means of the classes; each vector has a class. */
export function plane(vectors: Float32Array[], classes: number[]): (vector: Float32Array) => Place {
  const means = [...new Set(classes)].map((one) =>
    mean(vectors.filter((_, i) => classes[i] === one)),
  );
  const centre = mean(means);
  const centred = means.map((each) => each.map((value, d) => value - centre[d]!));
  const gram = centred.map((one) => centred.map((other) => dot(one, other)));
  const axes = [0, 1].map(() => {
    const weights = principal(gram);
    remove(gram, weights);
    return unit(combined(centred, weights));
  });
  return (vector) => {
    const moved = vector.map((value, d) => value - centre[d]!);
    return [dot(moved, axes[0]!), dot(moved, axes[1]!)];
  };
}

export function unit(vector: Float32Array): Float32Array {
  const length = Math.sqrt(dot(vector, vector)) || 1;
  return vector.map((value) => value / length);
}

export function mean(vectors: Float32Array[]): Float32Array {
  return combined(
    vectors,
    vectors.map(() => 1 / vectors.length),
  );
}

export function dot(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < one.length; i++) sum += one[i]! * other[i]!;
  return sum;
}

function combined(vectors: Float32Array[], weights: number[]): Float32Array {
  return vectors[0]!.map((_, d) =>
    vectors.reduce((sum, vector, i) => sum + weights[i]! * vector[d]!, 0),
  );
}

/** The eigenvector of the largest eigenvalue. */
function principal(matrix: number[][]): number[] {
  let vector = matrix.map((_, i) => 1 / (i + 1));
  for (let turn = 0; turn < TURNS; turn++) {
    const next = matrix.map((row) => dot(row, vector));
    const length = Math.sqrt(dot(next, next)) || 1;
    vector = next.map((value) => value / length);
  }
  return vector;
}

/** Takes an eigenvector out, so that the next is the largest. */
function remove(matrix: number[][], vector: number[]): void {
  const value = dot(
    matrix.map((row) => dot(row, vector)),
    vector,
  );
  matrix.forEach((row, i) => row.forEach((_, j) => (row[j]! -= value * vector[i]! * vector[j]!)));
}
