// The classifier of tests/data/mnist_mlp_0-4.onnx as Keras saves it for TensorFlow.js, and a
// detector for it.
import { readFileSync } from "node:fs";
import { Fitter, Model } from "../pkg/index.js";

const MODEL = new URL("data/mnist_mlp_0-4.onnx", import.meta.url);
const LAYERS = ["sequential/dense/Relu:0", "sequential/dense_1/Relu:0"];
const [GRAPH, INITIALIZER, DIMS, NAME, RAW_DATA] = [7, 5, 1, 8, 9];

function varint(bytes, at) {
  let [value, factor] = [0, 1];
  for (; bytes[at] > 127; at++, factor *= 128) value += (bytes[at] - 128) * factor;
  return [value + bytes[at] * factor, at + 1];
}

/** What a protobuf message holds under a number: numbers or bytes. */
function contents(bytes, wanted) {
  const found = [];
  for (let at = 0; at < bytes.length; ) {
    let key, content;
    [key, at] = varint(bytes, at);
    [content, at] = varint(bytes, at);
    const isBytes = (key & 7) === 2;
    const end = isBytes ? at + content : at;
    if (key >> 3 === wanted) found.push(isBytes ? bytes.subarray(at, end) : content);
    at = end;
  }
  return found;
}

/** The weights of a dense layer: kernel and bias. */
function weights(onnx, layer) {
  const [graph] = contents(onnx, GRAPH);
  const initializers = contents(graph, INITIALIZER);
  return ["MatMul", "BiasAdd"].map((part) => {
    const name = `sequential/${layer}/${part}/ReadVariableOp:0`;
    const tensor = initializers.find((tensor) => String(contents(tensor, NAME)[0]) === name);
    const [dims, [data]] = [contents(tensor, DIMS), contents(tensor, RAW_DATA)];
    // Numbers of a shape may stand packed in bytes.
    const shape = dims.flatMap((dim) => (typeof dim === "number" ? [dim] : unpacked(dim)));
    return { shape, data };
  });
}

function unpacked(bytes) {
  const values = [];
  for (let at = 0, value; at < bytes.length; values.push(value)) [value, at] = varint(bytes, at);
  return values;
}

const dense = (name, units, activation) => ({
  class_name: "Dense",
  config: { name, units, activation, use_bias: true },
});

/** `model.json` and `weights.bin`, without the softmax at the end. */
function saved(onnx) {
  const names = ["dense", "dense_1", "dense_2"];
  const flatten = { name: "flatten", batch_input_shape: [null, 28, 28, 1] };
  const layers = [{ class_name: "Flatten", config: flatten }];
  const [manifest, parts] = [[], []];
  for (const layer of names) {
    const [kernel, bias] = weights(onnx, layer);
    layers.push(dense(layer, bias.shape[0], layer === "dense_2" ? "linear" : "relu"));
    manifest.push({ name: `${layer}/kernel`, shape: kernel.shape, dtype: "float32" });
    manifest.push({ name: `${layer}/bias`, shape: bias.shape, dtype: "float32" });
    parts.push(kernel.data, bias.data);
  }
  const modelTopology = { class_name: "Sequential", config: { name: "sequential", layers } };
  const weightsManifest = [{ paths: ["weights.bin"], weights: manifest }];
  const json = Buffer.from(JSON.stringify({ modelTopology, weightsManifest }));
  return { "model.json": json, "weights.bin": Buffer.concat(parts) };
}

/** A detector of both hidden layers, fitted on noise that is labelled as the model answers it. */
async function fitted(onnx) {
  const [runner, fitter] = [
    await Model.load(onnx),
    await Fitter.create(onnx, { layers: LAYERS, holdOut: 0.5 }),
  ];
  for (let sample = 0; sample < 40; sample++) {
    const pixels = Float32Array.from({ length: 784 }, (_, i) => Math.sin(i * sample + i) ** 2);
    const logits = runner.logits(pixels);
    fitter.push(pixels, logits.indexOf(Math.max(...logits)));
  }
  return fitter.finish();
}

/** The model's files by name, and its `detector`. */
export async function mlp() {
  const onnx = readFileSync(MODEL);
  return { ...saved(onnx), detector: (await fitted(onnx)).toBytes() };
}
