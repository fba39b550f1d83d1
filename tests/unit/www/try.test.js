import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const [vectors, projection, names, path, once, blur, state] = await Promise.all(
  [
    "try/vectors",
    "try/projection",
    "try/map-names",
    "try/score-path",
    "shared/once",
    "try/blur",
    "try/state",
  ].map((name) => load(`www/${name}.ts`)),
);

const round = (values) => [...values].map((value) => Math.round(1e4 * value) / 1e4);

test("vectors: products, lengths, means", () => {
  assert.equal(vectors.dot([1, 2, 3], [4, 5, 6]), 32);
  assert.deepEqual(round(vectors.unit(Float32Array.of(3, 4))), [0.6, 0.8]);
  assert.deepEqual([...vectors.unit(new Float32Array(2))], [0, 0]);
  const rows = [Float32Array.of(1, 2), Float32Array.of(3, 6)];
  assert.deepEqual([...vectors.mean(rows)], [2, 4]);
  assert.deepEqual([...vectors.combine(rows, [2, -1])], [-1, -2]);
});

test("the plane holds the class means where they are furthest apart", () => {
  // Three means on the axes of the second and third of four dimensions, the third twice as far.
  const corners = [
    [7, 0, 0, 7],
    [7, 3, 0, 7],
    [7, 0, 6, 7],
  ].map((values) => Float32Array.from(values));
  const place = projection.fitPlane(corners, [0, 1, 2]);
  const distance = (i, k) => {
    const [one, other] = [place(corners[i]), place(corners[k])];
    return Math.hypot(one[0] - other[0], one[1] - other[1]);
  };
  assert.deepEqual(round([distance(0, 1), distance(0, 2), distance(1, 2)]), [3, 6, 6.7082]);
  // What lies off the plane does not move a place.
  const off = Float32Array.of(0, 3, 0, 100);
  assert.deepEqual(round(place(off)), round(place(corners[1])));
});

test("names on the map move down until they cover none above", () => {
  const at = (x, y, label = "ab") => ({ place: [x, y], label });
  const moved = names.moveApart([at(0, 5), at(0, 0), at(100, 2)], 1);
  // Two names of two letters of 8 pixels each overlap within 16; a line is 15, a step 3.75.
  assert.deepEqual(
    moved.map(({ place }) => place),
    [
      [0, 0],
      [100, 2],
      [0, 16.25],
    ],
  );
});

test("a path goes on while its slider moves, and begins anew with another", () => {
  const first = path.pathOf("blur", undefined);
  path.record(first, 0.1, -2);
  path.record(first, 0.2, -1);
  path.record(first, 0.1, -3);
  assert.equal(path.pathOf("blur", first), first);
  assert.deepEqual(first.now, { value: 0.1, score: -3 });
  assert.deepEqual(
    [...first.scores],
    [
      [0.1, -3],
      [0.2, -1],
    ],
  );
  const other = path.pathOf("noise", first);
  assert.deepEqual([other.slider, other.scores.size, other.now], ["noise", 0, undefined]);
});

test("events change the state: a slider perturbs, a new subject begins unperturbed", () => {
  const { addressOf, initialState, moveSlider, pictureOf, takeSubject } = state;
  const page = initialState("objects");
  const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  takeSubject(page, { picture, input: (same) => same, sample: 4 });
  assert.equal(pictureOf(page, page.subject), picture);
  moveSlider(page, "noise", 0.5);
  assert.deepEqual([page.perturbation.noise, page.path.slider], [0.5, "noise"]);
  assert.deepEqual(addressOf(page), {
    network: "objects",
    sample: 4,
    perturbation: { rotation: 0, blend: 0, blur: 0, brightness: 0, inversion: 0, noise: 0.5 },
    partner: 0,
  });
  const before = page.path;
  takeSubject(page, undefined);
  assert.deepEqual([page.perturbation.noise, page.path, before.slider], [0, undefined, "noise"]);
});

test("something is made once, and again after a failure", async () => {
  const results = [Promise.reject(new Error("busy")), Promise.resolve("made")];
  let calls = 0;
  const make = once.once(() => results[calls++]);
  await assert.rejects(make(), /busy/);
  assert.deepEqual(await Promise.all([make(), make()]), ["made", "made"]);
  assert.equal(calls, 2);
});

test("a blur keeps a flat picture, and spreads a dot evenly", () => {
  const flat = new Float32Array(4 * 25).fill(0.5);
  blur.blur(flat, 5, 5, 1);
  assert.ok(flat.every((value) => Math.abs(value - 0.5) < 1e-6));
  const dot = new Float32Array(4 * 81);
  const at = (x, y) => dot[4 * (9 * y + x)];
  dot[4 * (9 * 4 + 4)] = 1;
  blur.blur(dot, 9, 9, 1);
  // The kernel reaches 3 pixels; its weights are those of a Gaussian, normalised to one.
  const weights = [-3, -2, -1, 0, 1, 2, 3].map((i) => Math.exp(-(i ** 2) / 2));
  const sum = weights.reduce((a, b) => a + b);
  assert.ok(Math.abs(at(4, 4) - (1 / sum) ** 2) < 1e-6);
  assert.ok(Math.abs(at(5, 4) - at(4, 5)) < 1e-7 && at(5, 4) < at(4, 4));
  assert.equal(at(0, 4), 0);
});
