// Model: logits by ONNX Runtime's numbers, features as a detector's, pictures as a fit's.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Detector, Fitter, Model, SheError } from "she-ood";

const read = (name) => readFileSync(new URL(`../../data/${name}`, import.meta.url));
const { samples, heads } = JSON.parse(read("heads.json"));

const code = (code) => (error) => error instanceof SheError && error.code === code;

test("logits are ONNX Runtime's, whatever the model ends in", async () => {
  for (const [name, { model: base64, outputs, values }] of Object.entries(heads)) {
    if (outputs !== "logits") continue;
    const model = await Model.load(Buffer.from(base64, "base64"));
    assert.deepEqual([model.inputShape, model.classes], [[6], values[0].length], name);
    const tolerance = name === "half" ? 1e-2 : 2e-5;
    for (const [i, sample] of samples.entries())
      for (const [j, logit] of model.logits(Float32Array.from(sample)).entries())
        assert.ok(
          Math.abs(logit - values[i][j]) <= tolerance * Math.max(1, Math.abs(values[i][j])),
          `${name}: ${logit}, expected ${values[i][j]}`,
        );
    model.dispose();
  }
});

test("features of named layers are those of a detector on the same file, bit by bit", async () => {
  const file = read("tiny.onnx");
  const [detector, model] = [
    await Detector.load(file),
    await Model.load(file, { layers: ["map", "vector"] }),
  ];
  const input = Float32Array.from({ length: 20 }, (_, i) => Math.sin(i));
  assert.deepEqual(model.features(input), detector.features(input));
  assert.deepEqual(model.logits(input), detector.features(input).logits);
  assert.ok(["map", "vector"].every((layer) => model.layers.some(({ name }) => name === layer)));
  assert.deepEqual((await Model.load(file)).features(input).layers, []);
});

test("pictures become inputs as in a fit with the same options", async () => {
  const file = read("parity/rgb.onnx");
  const data = Uint8Array.from({ length: 4 * 9 * 7 }, (_, i) =>
    i % 4 === 3 ? 255 : (i * 37) % 251,
  );
  const picture = { data, width: 9, height: 7 };
  for (const preprocess of [{}, { scale: 100, mean: [1, 1.2, 1.4], std: 0.7 }]) {
    const model = await Model.load(file, { layers: ["flat"], preprocess });
    const fitter = await Fitter.create(file, { layers: ["flat"], preprocess, holdOut: 0 });
    const { logits } = model.features(picture);
    fitter.push(picture, logits.indexOf(Math.max(...logits)));
    const detector = await fitter.finish();
    assert.deepEqual(model.features(picture), detector.features(picture));
    assert.deepEqual(model.usualPreprocess, fitter.usualPreprocess);
  }
  assert.throws(() => plain.features(picture), code("no-preprocess"));
});

const plain = await Model.load(read("parity/rgb.onnx"));

test("a model that cannot be used says why", async () => {
  const file = read("parity/rgb.onnx");
  await assert.rejects(Model.load(file, { layers: ["nowhere"] }), code("unknown-layer"));
  await assert.rejects(Model.load(file, { layer: ["flat"] }), /there is no option layer/);
  await assert.rejects(Model.load(file, { preprocess: { std: 0 } }), code("invalid-option"));
  await assert.rejects(Model.load(file, { limits: { nodes: 1 } }), code("too-large"));
  await assert.rejects(Model.load(new Uint8Array(9)), code("invalid-model"));
  assert.throws(() => new Model(), code("input-kind"));
  assert.throws(() => plain.logits(new Float32Array(3)), code("input-length"));
  const model = await Model.load(file);
  model.dispose();
  model.dispose();
  assert.throws(() => model.logits(new Float32Array(192)), code("disposed"));
});
