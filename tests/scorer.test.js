// `she-ood/scorer` in Node: the reports of `Detector`, and refusals that name both sides.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { Detector } from "../pkg/index.js";
import { Scorer, SheError } from "../pkg/scorer.js";

const FILES = ["models/digits.onnx", "models/cifar10.onnx", "tests/data/tiny.onnx"];

const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url));
const refuses = (call, code, words) =>
  assert.throws(call, (error) => {
    assert.ok(error instanceof SheError);
    assert.deepEqual([error.code, words.test(error.message)], [code, true], error.message);
    return true;
  });
const untimed = ({ timings, ...report }) => report;

function sample({ inputShape }, seed) {
  const length = inputShape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length }, (_, i) => Math.abs(Math.sin(i + seed)));
}

let scorer, features;

before(async () => {
  const detector = await Detector.load(read("models/cifar10.onnx"));
  scorer = await Scorer.load(read("models/cifar10.onnx"));
  features = detector.features(sample(detector.info, 0));
});

test("reports, batches and explanations are the detector's bit for bit", async () => {
  for (const file of FILES) {
    const detector = await Detector.load(read(file));
    const scorer = await Scorer.load(read(file));
    assert.deepEqual(scorer.info, detector.info);
    const samples = [1, 2, 3].map((seed) => sample(detector.info, seed));
    const all = samples.map((values) => detector.features(values));
    for (const [i, values] of samples.entries()) {
      const report = scorer.score(all[i]);
      assert.deepEqual(untimed(report), untimed(detector.score(values)), file);
      assert.deepEqual([report.timings.image, report.timings.model], [0, 0]);
      const [found, expected] = [scorer.explain(all[i]), detector.explain(values)];
      const channels = ({ layers }) => layers.map((layer) => layer.channels);
      assert.deepEqual(channels(found), channels(expected));
    }
    const stacked = (rows) => ({
      data: rows.flatMap((row) => [...row]),
      dims: [3, rows[0].length],
    });
    const batch = scorer.scoreBatch({
      logits: stacked(all.map(({ logits }) => logits)),
      layers: detector.info.layers.map((_, i) =>
        stacked(all.map(({ layers }) => layers[i].features)),
      ),
    });
    const flat = Float32Array.from(samples.flatMap((values) => [...values]));
    assert.deepEqual(batch, await detector.scoreBatch(flat), file);
  }
});

test("layers are taken in order, by name, and from other kinds of arrays", () => {
  const expected = untimed(scorer.score(features));
  const vectors = features.layers.map((layer) => layer.features);
  const named = Object.fromEntries(features.layers.map(({ name, features }) => [name, features]));
  const { logits } = features;
  const tfjs = vectors.map((row) => ({ dataSync: () => row, shape: [1, row.length] }));
  for (const layers of [
    vectors,
    named,
    { ...named, other: [1] },
    new Map(Object.entries(named)),
    vectors.map((data) => ({ data, dims: [1n, BigInt(data.length)] })),
    vectors.map((row) => [...row]),
    tfjs,
  ])
    assert.deepEqual(untimed(scorer.score({ logits, layers })), expected);
  const half = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001);
  const values = [1, -2, 0.333251953125, 2 ** -24];
  const row = (data, type) =>
    scorer.score({ logits, layers: [{ data, dims: [1, 16], type }, vectors[1]] });
  const repeated = (row) => [0, 1, 2, 3].flatMap(() => [...row]);
  assert.equal(
    row(Uint16Array.from(repeated(half)), "float16").score,
    row(Float32Array.from(repeated(values)), "float32").score,
  );
});

test("a map is pooled as the engine pools it", () => {
  const { logits, layers } = features;
  const [{ features: first }, { features: second }] = layers;
  const map = { data: [...first].flatMap((value) => [value, value]), dims: [1, 16, 1, 2] };
  const explanation = scorer.explain({ logits, layers: [map, second] });
  assert.equal(explanation.report.score, scorer.score(features).score);
  assert.equal(explanation.layers[0].map.values.length, 2);
});

test("features that give no right number are refused", () => {
  const { logits, layers } = features;
  const [first, second] = layers.map((layer) => layer.features);
  const score =
    (layers, given = logits) =>
    () =>
      scorer.score({ logits: given, layers });
  refuses(score([first]), "patterns-mismatch", /1 in a row.*"pooled"/);
  refuses(score({ pooled: second }), "patterns-mismatch", /are "pooled".*stage1_block3_conv2/);
  refuses(score([layers[1], layers[0]]), "patterns-mismatch", /in the place of/);
  refuses(score([second, first]), "patterns-mismatch", /have 16 values.*have 64/);
  refuses(score([first.map(() => Number.NaN), second]), "not-finite", /NaN/);
  refuses(score([Int32Array.from(first), second]), "input-kind", /Int32Array.*scale/);
  refuses(score([{ data: first, dims: [1, 4, 4] }, second]), "invalid-option", /16 features/);
  refuses(score([{ data: first, dims: [16, 1] }, second]), "input-shape", /scoreBatch/);
  refuses(score([{ data: first, dims: [1, 15] }, second]), "input-length", /do not fill/);
  const onGpu = { location: "gpu-buffer", dims: [1, 16] };
  refuses(score([onGpu, second]), "input-kind", /getData/);
  refuses(score([first, second], logits.slice(1)), "invalid-option", /has 10 classes/);
  const sure = logits.map((_, i) => (i === 3 ? 1 : 0));
  refuses(score([first, second], sure), "invalid-option", /softmax/);
  const sum = logits.reduce((sum, logit) => sum + Math.exp(logit), 0);
  const logarithms = logits.map((logit) => logit - Math.log(sum));
  refuses(score([first, second], logarithms), "invalid-option", /logarithms.*without energy/);
  refuses(() => scorer.score({ layers: [first, second] }), "input-kind", /logits/);
});

test("arrays whose buffers were transferred are refused, and the scorer goes on", async () => {
  const scorer = await Scorer.load(read("models/cifar10.onnx"));
  const [first, second] = features.layers.map((layer) => layer.features);
  const gone = Float32Array.from(first);
  structuredClone(gone, { transfer: [gone.buffer] });
  const dims = [1, 0];
  for (const layer of [gone, { data: gone, dims: [1, 16] }, { data: gone, dims }]) {
    const input = { logits: features.logits, layers: [layer, second] };
    for (const call of ["score", "explain", "scoreBatch"])
      refuses(() => scorer[call](input), "input-length", /stage1_block3_conv2.*values/);
  }
  const input = { logits: gone, layers: [first, second] };
  refuses(() => scorer.score(input), "input-length", /logits.*transferred/);
  assert.equal(scorer.score(features).score, scorer.score({ ...features }).score);
  scorer.dispose();
});

test("files that are no detectors are refused, and a scorer that was disposed", async () => {
  const code = (file) => Scorer.load(file).then(assert.fail, (error) => error.code);
  const bytes = read("models/digits.onnx");
  assert.equal(await code(read("models/digits-model.onnx")), "not-a-detector");
  assert.equal(await code(new TextEncoder().encode("no model")), "invalid-model");
  assert.equal(await code(bytes.subarray(0, bytes.length / 2)), "invalid-model");
  const gone = await Scorer.load(read("models/cifar10.onnx"));
  gone.dispose();
  gone.dispose();
  refuses(() => gone.score(features), "disposed", /load another/);
});
