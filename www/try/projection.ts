/** Projects features to the plane in which the class means are furthest apart. */
import { at } from "../shared/at";
import { combine, dot, mean, unit } from "./vectors";

export type Place = [x: number, y: number];

/** Rounds of the power iteration: enough for axes to look at. */
const ROUNDS = 200;

/**
 * Finds the first two principal axes of the class means, and returns the projection to them.
 * `classes` has the class of each vector.
 */
export function fitPlane(
  vectors: Float32Array[],
  classes: number[],
): (vector: Float32Array) => Place {
  const means = [...new Set(classes)].map((one) =>
    mean(vectors.filter((_, i) => classes[i] === one)),
  );
  const centre = mean(means);
  const centred = means.map((each) => subtract(each, centre));
  const gram = centred.map((one) => centred.map((other) => dot(one, other)));
  const first = takeAxis(gram, centred);
  const second = takeAxis(gram, centred);
  return (vector) => {
    const moved = subtract(vector, centre);
    return [dot(moved, first), dot(moved, second)];
  };
}

function subtract(one: Float32Array, other: Float32Array): Float32Array {
  return one.map((value, d) => value - at(other, d));
}

/** The axis of the largest eigenvalue, which is taken out of the matrix. */
function takeAxis(gram: number[][], centred: Float32Array[]): Float32Array {
  const weights = principalVector(gram);
  deflate(gram, weights);
  return unit(combine(centred, weights));
}

/** The eigenvector of the largest eigenvalue. */
function principalVector(matrix: number[][]): number[] {
  let vector = matrix.map((_, i) => 1 / (i + 1));
  for (let round = 0; round < ROUNDS; round++) {
    const next = multiply(matrix, vector);
    const length = Math.sqrt(dot(next, next)) || 1;
    vector = next.map((value) => value / length);
  }
  return vector;
}

/** Takes an eigenvector out of a symmetric matrix, in place. */
function deflate(matrix: number[][], vector: number[]): void {
  const eigenvalue = dot(multiply(matrix, vector), vector);
  matrix.forEach((row, i) => {
    vector.forEach((value, j) => {
      row[j] = at(row, j) - eigenvalue * at(vector, i) * value;
    });
  });
}

function multiply(matrix: number[][], vector: number[]): number[] {
  return matrix.map((row) => dot(row, vector));
}
