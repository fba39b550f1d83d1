// Options, classes and held-out samples of a fit.
import assert from "node:assert/strict";
import { test } from "node:test";
import { optionsOf } from "../../../pkg/call/options.js";
import { classesOf, classIndex, classIndices } from "../../../pkg/fit/classes.js";
import { countHeldOut } from "../../../pkg/fit/hold-out.js";
import { Observations } from "../../../pkg/fit/observations.js";
import { FINISH, FIT, MODEL, withoutLoading } from "../../../pkg/fit/options.js";

const fitOptions = (options) => withoutLoading(optionsOf(options, FIT));
const modelOptions = (options) => withoutLoading(optionsOf(options, MODEL));
const code = (code) => (error) => error.code === code;

test("held-out samples are the nearest to the share, and never a class's last one", () => {
  assert.equal(countHeldOut([100], 0.29), 29);
  assert.equal(countHeldOut([100], 0.57), 57);
  assert.equal(countHeldOut([9, 9, 9], 0.1), 3);
  assert.equal(countHeldOut(Array(10).fill(19), 0.1), 19);
  assert.equal(countHeldOut([1, 1], 0.9), 0);
  assert.equal(countHeldOut([2, 2], 0.9), 2);
  assert.equal(countHeldOut([], 0.5), 0);
  assert.equal(countHeldOut([1000], 1e-7), 0);
  assert.equal(countHeldOut([10], 0.25), 3, "halves are rounded up");
});

test("class indices are whole numbers from 0, as any array, 64-bit too", () => {
  assert.deepEqual([...classIndices(new BigInt64Array([3n, 0n]))], [3, 0]);
  assert.deepEqual([...classIndices({ length: 2, 0: 1, 1: 2 })], [1, 2]);
  for (const wrong of [-1, 0.5, NaN, "1", null, undefined, 2 ** 32, -1n, 2n ** 40n])
    assert.throws(() => classIndex(wrong), code("unknown-class"), String(wrong));
  for (const wrong of [undefined, null, 3, "012", {}])
    assert.throws(() => classIndices(wrong), code("unknown-class"), String(wrong));
});

test("each sample of a batch has one class", () => {
  assert.deepEqual([...classesOf(new Float32Array(6), [0, 1], [3])], [0, 1]);
  assert.throws(() => classesOf(new Float32Array(6), [0], [3]), code("invalid-option"));
  assert.throws(() => classesOf([1, 2, 3], [0], [3]), code("input-kind"));
});

test("options of a fit are copied, and those of loading left out", () => {
  const mean = Float32Array.of(0.5);
  const given = { layers: ["a"], preprocess: { mean, std: 2, scale: 1 }, cache: true, limits: {} };
  const own = fitOptions({ ...given, similarity: { hopfield: { beta: 1 } }, react: undefined });
  mean[0] = 7;
  assert.deepEqual(own, {
    layers: ["a"],
    preprocess: { mean: [0.5], std: 2, scale: 1 },
    similarity: { hopfield: { beta: 1 } },
  });
  assert.deepEqual(modelOptions({ signal: undefined, preprocess: {} }), { preprocess: {} });
});

test("a colour has three levels, and a config is text in the end", () => {
  const preprocess = (given) => modelOptions({ preprocess: given }).preprocess;
  assert.deepEqual(preprocess({ fill: Uint8Array.of(1, 2, 255) }), { fill: [1, 2, 255] });
  for (const fill of [null, 7, [1, 2], [1, 2, 256], [1, 2, -1], [1, 2, 0.5], ["1", 2, 3], "abc"])
    assert.throws(() => preprocess({ fill }), code("invalid-option"), String(fill));
  assert.deepEqual(preprocess({ config: { size: 7 } }), { config: '{"size":7}' });
  assert.deepEqual(preprocess({ config: "tf" }), { config: "tf" });
  const round = {};
  round.self = round;
  for (const config of [null, 7, round])
    assert.throws(() => preprocess({ config }), code("invalid-option"));
});

test("options of other names are refused, with the names there are", () => {
  const refused = (options) => () => fitOptions({ layers: ["a"], ...options });
  assert.throws(refused({ classes: ["a"] }), /^SheError: there is no option classes, .*labels/);
  assert.throws(refused({ pattern: "best" }), /there is no option pattern, .*compareWith/);
  assert.throws(
    refused({ preprocess: { size: 3 } }),
    /no option preprocess\.size, allowed: config, width, height, scale/,
  );
  assert.throws(() => modelOptions({ holdOut: 0.1 }), /no option holdOut, allowed: layers/);
  assert.throws(refused({ layers: "a" }), /^SheError: layers is "?a"?, allowed: an array of names/);
});

test("a scale is above 0, and a pass rate a number", () => {
  for (const scale of [0, -1, NaN, Infinity, 1e-60, "1", null])
    assert.throws(
      () => modelOptions({ preprocess: { scale } }),
      /^SheError: preprocess\.scale is .*, allowed: a finite number above 0/,
    );
  assert.throws(() => optionsOf({ idPassRate: null }, FINISH), code("invalid-option"));
});

test("observations keep the order of their pushes, however their parts come", () => {
  const [one, other] = [new Observations(), new Observations()];
  const part = (...classes) => ({ rows: new Float32Array(0), classes: Uint32Array.from(classes) });
  const [first, second] = [one.begin(), one.begin()];
  second.push(part(2, 2));
  first.push(part(0), part(1, 1));
  assert.deepEqual(
    one.all.flatMap(({ classes }) => [...classes]),
    [0, 1, 1, 2, 2],
  );
  assert.deepEqual(one.counts(0.4), { fit: 3, calibration: 2 });
  other.take(one);
  assert.deepEqual([one.all.length, other.all.length], [0, 3]);
});
