// Parts of a fit in Node, by the built package: made, merged, continued and finished.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { Detector, Fitter, merge, partInfo } from "she-ood";
import { assertCode } from "./refused.js";

const read = (name) => readFileSync(new URL(`data/${name}`, import.meta.url));
const MODEL = read("mnist_mlp_0-4.onnx");
const LAYERS = ["sequential/dense/Relu:0", "sequential/dense_1/Relu:0"];
const ONE = { layers: [LAYERS[1]], similarity: "cosine", holdOut: 0.2 };
const SIZE = 784;

const golden = JSON.parse(read("golden.json"));
const bytesOf = (name) => Uint8Array.from(Buffer.from(golden[name].base64, "base64"));
const values = Float32Array.from(bytesOf("mini_images"), (pixel) => Math.fround(pixel / 255));
const labels = bytesOf("mini_labels");
const positions = Array.from(labels.keys());

/** Adds the samples at these positions. */
async function push(fitter, at) {
  const data = at.map((i) => values.subarray(i * SIZE, (i + 1) * SIZE));
  const all = new Float32Array(at.length * SIZE);
  data.forEach((sample, i) => {
    all.set(sample, i * SIZE);
  });
  await fitter.pushBatch(
    all,
    at.map((i) => labels[i]),
  );
  return fitter;
}

const begin = async (options, at) => push(await Fitter.create(MODEL, options), at);
const resume = async (part, at) => push(await Fitter.fromBytes(MODEL, part), at);
const partOf = async (options, at) => (await begin(options, at)).toBytes();

/** Both rounds by these shards: the merged bytes of all. */
async function rounds(options, shards) {
  const patterns = await merge(await Promise.all(shards.map((at) => partOf(options, at))));
  const scored = shards.map(async (at) => (await resume(patterns, at)).toBytes());
  return merge([...(await Promise.all(scored)), patterns]);
}

const finished = async (whole) => (await Fitter.fromBytes(MODEL, whole)).finish();
const scoresOf = async (detector) => Array.from((await detector.scoreBatch(values)).scores);

const OPTION_SETS = {
  cosine: ONE,
  mahalanobis: { ...ONE, similarity: "mahalanobis", with: "energy" },
  "two layers, std": { ...ONE, layers: LAYERS, aggregator: "std" },
  stored: { ...ONE, store: 7 },
};

for (const [name, options] of Object.entries(OPTION_SETS)) {
  test(`halves, thirds and any order give the bytes of one part: ${name}`, async () => {
    const whole = await rounds(options, [positions]);
    const expected = (await finished(whole)).toBytes();
    const every = (step, from) => positions.filter((i) => i % step === from).reverse();
    for (const shards of [
      [positions.slice(0, 150), positions.slice(150)],
      [every(3, 2), every(3, 0), every(3, 1)],
    ]) {
      const detector = await finished(await rounds(options, shards));
      assert.deepEqual(detector.toBytes(), expected);
    }
  });
}

test("the detector of parts scores as a fit of the same samples on one machine", async () => {
  // Patterns in half the bits need calibration samples, of which the other fit has none.
  const full = { ...ONE, preset: "oodeel" };
  const detector = await finished(
    await rounds(full, [positions.slice(150), positions.slice(0, 150)]),
  );
  const [scores, calibration] = [await scoresOf(detector), Array.from(detector.calibration())];
  // Held out are the samples that have the calibration scores.
  const isHeldOut = (i) => calibration.includes(scores[i]);
  assert.equal(positions.filter(isHeldOut).length, calibration.length);
  assert.ok(calibration.length > 30 && calibration.length < 90, `${calibration.length} held out`);
  const rest = positions.filter((i) => !isHeldOut(i));
  const expected = await scoresOf(await (await begin({ ...full, holdOut: 0 }, rest)).finish());
  scores.forEach((score, i) => {
    assert.ok(Math.abs(score - expected[i]) <= 1e-9, `${score}, expected ${expected[i]}`);
  });
  const sorted = calibration.sort((a, b) => a - b);
  const rank = Math.ceil((sorted.length + 1) * 0.95);
  assert.equal(detector.info.threshold, sorted[rank - 1]);
});

test("a fitter that continues merged parts takes its own samples into the detector", async () => {
  const patterns = await merge([await partOf(ONE, positions)]);
  const detector = await (await resume(patterns, positions)).finish();
  const whole = await rounds(ONE, [positions]);
  assert.deepEqual(detector.toBytes(), (await finished(whole)).toBytes());
});

test("held-out samples calibrate patterns that hold none out, and nothing is dropped", async () => {
  const [own, others] = [positions.slice(0, 200), positions.slice(200)];
  const resumed = (part, at, options) =>
    Fitter.fromBytes(MODEL, part, options).then((fitter) => push(fitter, at));
  for (const options of [ONE, { ...ONE, layers: LAYERS, aggregator: "std" }]) {
    const patterns = await partOf({ ...options, holdOut: 0 }, own);
    const held = await resumed(patterns, others, { calibration: true });
    assert.deepEqual(held.counts, { fit: 0, calibration: 100 });
    const parts = [patterns, await held.toBytes()];
    assert.deepEqual((await partInfo(parts[1])).scored, [0, 100]);
    if (options.aggregator) parts.push(await (await resumed(patterns, own)).toBytes());
    const detector = await finished(await merge(parts));
    const scores = await scoresOf(detector);
    const expected = Float32Array.from(others, (i) => scores[i]).sort();
    detector.calibration().forEach((score, i) => {
      assert.ok(Math.abs(score - expected[i]) <= 1e-6, `${score}, expected ${expected[i]}`);
    });
    assert.ok(detector.info.threshold < Infinity);
    if (options.aggregator) continue;
    assert.deepEqual((await held.finish()).toBytes(), detector.toBytes());
    const dropped = () => resumed(patterns, own);
    await assertCode("invalid-option", dropped, /calibration is false .* allowed: true/);
  }
});

test("options that come with a part are refused", async () => {
  const part = await partOf(ONE, positions.slice(0, 50));
  for (const option of [{ similarity: "dot" }, { holdOut: 0 }, { layers: LAYERS }])
    await assertCode(
      "invalid-option",
      () => Fitter.fromBytes(MODEL, part, option),
      /there is no option .*, allowed: classConditional, calibration/,
    );
});

test("partInfo tells what is in a part, before and after merging", async () => {
  const [one, other] = await Promise.all([
    partOf(ONE, positions.slice(0, 100)),
    partOf(ONE, positions.slice(100)),
  ]);
  const [first, merged] = [await partInfo(one), await partInfo(await merge([one, other]))];
  assert.equal(first.model.length, 64);
  assert.deepEqual(first.layers, [{ name: LAYERS[1], size: 150 }]);
  assert.deepEqual([first.privacy, first.scored, first.parts, merged.parts], [null, null, 1, 2]);
  const second = await partInfo(other);
  assert.equal(merged.samples, first.samples + second.samples);
  assert.deepEqual(
    merged.counts,
    first.counts.map((count, i) => count + second.counts[i]),
  );
  assert.deepEqual([first.lengths.length, first.lengths[0].length], [1, first.labels.length]);
  assert.deepEqual(merged.warnings, []);
  const { samples, scored } = await partInfo(await rounds(ONE, [positions]));
  assert.deepEqual([scored[0], samples + scored[1]], [0, 300]);
});

test("what is no part, or not of this fit, is refused", async () => {
  const [a, b, c] = await Promise.all(
    [0, 1, 2].map((own) => partOf(ONE, positions.slice(own * 100, own * 100 + 100))),
  );
  for (const length of [0, 7, 11, 60, a.length - 1])
    await assertCode("invalid-part", () => merge([b, a.subarray(0, length)]), /./);
  const changed = (at, value) => Uint8Array.from(a, (byte, i) => (i === at ? value : byte));
  await assertCode("invalid-part", () => merge([changed(8, 2)]), /has format 2, this .* format 1/);
  await assertCode("invalid-part", () => merge([changed(a.length - 9, 0)]), /changed or cut off/);
  await assertCode("invalid-part", () => partInfo(MODEL), /are not a part of a fit/);
  await assertCode("invalid-part", () => Fitter.fromBytes(MODEL, MODEL), /are not a part of a fit/);
  await assertCode("invalid-part", () => merge([]), /there are no parts/);
  const dot = await partOf({ ...ONE, similarity: "dot" }, positions);
  await assertCode("parts-mismatch", () => merge([a, dot]), /"cosine" here and "dot" there/);
  const other = () => Fitter.fromBytes(read("tiny.onnx"), a);
  await assertCode("parts-mismatch", other, /the SHA-256 of the model/);
  await assertCode("repeated-part", () => merge([a, b, a]), /the \d+ samples/);
  const [left, right] = [await merge([a, b]), await merge([b, c])];
  const said = new RegExp(`the ${(await partInfo(b)).samples} samples`);
  await assertCode("repeated-part", () => merge([left, right]), said);
  const unfinished = await Fitter.fromBytes(MODEL, a);
  await assertCode("invalid-part", () => unfinished.toBytes().then(finished), /has no patterns/);
  for (const wrong of [undefined, "part", [1, 2], new Float32Array(3), a.buffer])
    await assertCode("input-kind", () => merge([wrong]), /a part is the Uint8Array/);
  for (const wrong of [undefined, null, 3, {}])
    await assertCode("input-kind", () => merge(wrong), /an array of Uint8Array/);
});

test("bytes come as a Buffer, from another realm, and from a generator", async () => {
  const [a, b] = await Promise.all([
    partOf(ONE, positions.slice(0, 150)),
    partOf(ONE, positions.slice(150)),
  ]);
  const expected = await merge([a, b]);
  const foreign = vm.runInNewContext("Uint8Array.from(bytes)", { bytes: Array.from(b) });
  assert.ok(!(foreign instanceof Uint8Array));
  const parts = function* () {
    yield foreign;
    yield Buffer.from(a);
  };
  assert.deepEqual(await merge(parts()), expected);
  const buffer = Buffer.from(expected);
  const fitter = await Fitter.fromBytes(MODEL, buffer);
  // A copy was taken.
  buffer.fill(0);
  await push(fitter, positions);
  assert.ok((await fitter.finish()).info.threshold < Infinity);
});

test("a fit that chooses makes no part, and keeps its samples", async () => {
  const fitter = await begin({}, positions);
  const choice = /a part is to score is left to the fit, allowed: layers and a similarity/;
  await assertCode("invalid-option", () => fitter.toBytes(), choice);
  assert.ok((await fitter.finish()) instanceof Detector);
  for (const told of [{ layers: [LAYERS[1]] }, { similarity: "cosine" }, { preset: "oodeel" }])
    assert.equal((await partInfo(await partOf(told, positions))).parts, 1);
});

/** Expected epsilons by SciPy, as in the tests of the formula. */
test("noise is stated with its epsilon, differs each time, and leaves a detector", async () => {
  const fitter = await begin(ONE, positions);
  for (const [step, epsilon] of [
    [0.1, 0.340669365],
    [1, 4.377178096],
  ]) {
    const part = await fitter.toBytes({ clip: 2, noise: Math.SQRT2 / step });
    const { privacy } = await partInfo(part);
    assert.deepEqual([privacy.clip, privacy.noise], [2, Math.SQRT2 / step]);
    assert.ok(Math.abs(privacy.epsilon - epsilon) < 1e-6, `${privacy.epsilon}`);
    assert.equal(privacy.delta, 1e-5);
  }
  const hidden = { clip: 2, noise: 0.5 };
  const [one, other] = [await fitter.toBytes(hidden), await fitter.toBytes(hidden)];
  assert.notDeepEqual(one, other);
  assert.equal((await partInfo(await merge([one, other]))).parts, 2);
  const scores = await (await resume(one, positions)).toBytes();
  const detector = await finished(await merge([scores, one]));
  const plain = await finished(await rounds(ONE, [positions]));
  const means = (all) => all.reduce((sum, score) => sum + score, 0) / all.length;
  const [noisy, exact] = [await scoresOf(detector), await scoresOf(plain)].map(means);
  assert.ok(Math.abs(noisy - exact) < 0.5 * Math.abs(exact), `${noisy}, ${exact}`);
  assert.notEqual(noisy, exact);
  await assertCode("parts-mismatch", async () => merge([one, await fitter.toBytes()]), /privacy/);
});

test("clipping alone scales long features and promises nothing", async () => {
  const fitter = await begin({ ...ONE, similarity: "dot" }, positions);
  const [far, near] = [await fitter.toBytes({ clip: 1e9 }), await fitter.toBytes({ clip: 1e-3 })];
  assert.deepEqual((await partInfo(near)).privacy, {
    clip: 1e-3,
    noise: null,
    epsilon: null,
    delta: 1e-5,
  });
  const largest = async (patterns) => {
    const scores = await (await resume(patterns, positions)).toBytes();
    const found = await scoresOf(await finished(await merge([patterns, scores])));
    return Math.max(...found.map(Math.abs));
  };
  assert.ok((await largest(near)) < 1e-3 * (await largest(far)));
  assert.deepEqual(await fitter.toBytes({ clip: 1e-3 }), near);
});

test("clips and noise that promise nothing are refused", async () => {
  const fitter = await begin(ONE, positions.slice(0, 50));
  const refused = (options, message) =>
    assertCode("invalid-option", () => fitter.toBytes(options), message);
  await refused({ noise: 1 }, /noise is given without clip/);
  for (const wrong of [0, -1, Number.NaN, Infinity, "1", null]) {
    await refused({ clip: wrong }, /clip is .*, allowed: a finite number above 0/);
    await refused({ clip: 1, noise: wrong }, /noise is .*, allowed: a finite number above 0/);
  }
  await refused({ clip: 1, noise: 0.01 }, /epsilon is at most 100/);
  await refused({ clip: 1, sigma: 1 }, /no option sigma, allowed: clip, noise/);
  for (const more of [{ similarity: "mahalanobis" }, { react: 0.9 }, { store: 5 }]) {
    const own = await begin({ ...ONE, ...more }, positions.slice(0, 50));
    const noised = () => own.toBytes({ clip: 1, noise: 1 });
    await assertCode("invalid-option", noised, /gathers more than sums and counts/);
  }
  const again = await resume(await fitter.toBytes(), positions.slice(0, 50));
  const scores = () => again.toBytes({ clip: 1 });
  await assertCode("invalid-option", scores, /first round alone/);
});
