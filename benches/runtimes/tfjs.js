// TensorFlow.js on its WebAssembly backend, one thread, with SHE in JavaScript. It reads no ONNX:
// benches/peers.py lists the nodes, with weights as they are for images whose channels come last,
// and activations that no layer's tap needs apart within the node before.

import { setWasmPaths } from "../peers/node_modules/@tensorflow/tfjs-backend-wasm";
import * as tf from "../peers/node_modules/@tensorflow/tfjs-core";
import { scorer } from "./she.js";

const OPS = {
  Conv: (x, { weight: filter, bias, activation, depthwise, strides, pad }) =>
    (depthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d)({
      x,
      filter,
      bias,
      activation,
      strides,
      pad,
    }),
  Gemm: (a, { weight: b, bias, activation }) => tf.fused.matMul({ a, b, bias, activation }),
  MaxPool: (x, { kernel, strides }) => tf.maxPool(x, kernel, strides, "valid"),
  GlobalAveragePool: (x) => tf.mean(x, [1, 2], true),
  Flatten: (x, { map }) => tf.reshape(map ? tf.transpose(x, [0, 3, 1, 2]) : x, [x.shape[0], -1]),
  Add: (x, _, y) => tf.add(x, y),
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  Softmax: (x) => tf.softmax(x),
};

async function start() {
  const folder = new URL("./", import.meta.url);
  setWasmPaths(folder.protocol === "file:" ? folder.pathname : folder.href);
  // Node always has what threads need, and would get the build for many.
  tf.env().set("WASM_HAS_MULTITHREAD_SUPPORT", false);
  await tf.setBackend("wasm");
}

const started = start();

/** The weights by name. */
function tensors({ weights }, file) {
  const tensor = ({ name, shape, from, to }) => [
    name,
    tf.tensor(new Float32Array(file.slice(from, to)), shape),
  ];
  return new Map(weights.map(tensor));
}

export async function open({ model, graph, settings, shape }) {
  await started;
  const weights = tensors(graph, model);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    weight: weights.get(node.weight),
    bias: weights.get(node.bias),
  }));
  const through = (input) => {
    const values = new Map([
      [settings.input, graph.images ? tf.transpose(input, [0, 2, 3, 1]) : input],
    ]);
    for (const node of nodes) {
      const [x, y] = node.inputs.map((name) => values.get(name));
      values.set(node.name, OPS[node.op](x, node, y));
    }
    return values;
  };
  /** A vector as it is; a feature map averaged where it is. */
  const pooled = (value) => (value.rank === 4 ? tf.mean(value, [1, 2]) : value).dataSync();
  return scorer(settings, shape, (data, count) =>
    tf.tidy(() => {
      const values = through(tf.tensor(data, [count, ...shape]));
      return settings.layers.map(({ name }) => pooled(values.get(name)));
    }),
  );
}
