// The plane of docs/science.md's pictures, against NumPy's singular value decomposition.
import assert from "node:assert/strict";
import { test } from "node:test";
import { plane } from "../../../tools/science/plane.js";

const ROWS = [
  [0.38, -0.13, 0.32, 0.02],
  [-1.61, 0.36, 0.65, 0.19],
  [-2.11, -1.27, -0.31, 0.01],
  [-6.98, -0.22, -0.62, -0.15],
  [-1.63, -0.32, 0.21, 0.21],
  [-0.39, 1.37, -0.33, 0.07],
  [2.71, 0.09, -0.37, -0.18],
  [-1.37, 0.22, -0.5, -0.04],
  [-0.48, 0.54, 0.11, 0.07],
  [-1.96, -0.13, 0.39, 0.3],
  [-3.78, 1.51, 0.67, 0.16],
  [0.79, -0.31, 0.73, 0.39],
];
/** `(x - x.mean(0)) @ v[:2].T` of the first three rows, with `v` from `numpy.linalg.svd`. */
const NUMPY = [
  [-1.756, -0.2334],
  [0.2213, 0.3259],
  [0.7521, -1.4584],
];

test("the plane is that of the first two principal components, up to the signs of its axes", () => {
  const place = plane(ROWS.map((row) => Float32Array.from(row)));
  const found = ROWS.slice(0, 3).map(place);
  for (const axis of [0, 1]) {
    const sign = Math.sign(found[0][axis] * NUMPY[0][axis]);
    found.forEach((point, i) => {
      assert.ok(Math.abs(sign * point[axis] - NUMPY[i][axis]) < 2e-4, `${i}: ${point}`);
    });
  }
});
