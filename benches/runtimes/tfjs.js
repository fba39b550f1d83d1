// TensorFlow.js on its WebAssembly backend, one thread, with SHE in JavaScript. It reads no ONNX:
// benches/peers.py lists the nodes, with weights as they are for images whose channels come last,
// and activations that no layer's tap needs apart within the node before.

import { setWasmPaths } from "../peers/node_modules/@tensorflow/tfjs-backend-wasm";
import * as tf from "../peers/node_modules/@tensorflow/tfjs-core";
import { scorer } from "./she.js";

const channelsFirst = (x) => tf.transpose(x, [0, 3, 1, 2]);

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
  Gemm: (x, { weight: b, bias, activation }) => {
    if (x.rank === 2) return tf.fused.matMul({ a: x, b, bias, activation });
    const a = tf.reshape(x, [-1, x.shape.at(-1)]);
    const sides = [...x.shape.slice(0, -1), b.shape[1]];
    return tf.reshape(tf.fused.matMul({ a, b, bias, activation }), sides);
  },
  MatMul: (x, _, y) => tf.matMul(x, y),
  MaxPool: (x, { kernel, strides }) => tf.maxPool(x, kernel, strides, "valid"),
  GlobalAveragePool: (x) => tf.mean(x, [1, 2], true),
  Flatten: (x, { map }) => tf.reshape(map ? channelsFirst(x) : x, [x.shape[0], -1]),
  Reshape: (x, { map, shape: [, ...sides] }) =>
    tf.reshape(map ? channelsFirst(x) : x, [x.shape[0], ...sides]),
  Transpose: (x, { perm }) => tf.transpose(x, perm),
  Gather: (x, { index, axis }) => tf.squeeze(tf.gather(x, [index], axis), [axis]),
  Expand: (x, _, input) => tf.tile(x, [input.shape[0], ...x.shape.slice(1).fill(1)]),
  Concat: (x, { axis }, y) => tf.concat([x, y], axis),
  LayerNormalization: (x, { epsilon }, scale, bias) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const factor = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), scale);
    return tf.add(tf.mul(tf.sub(x, mean), factor), bias);
  },
  Add: (x, _, y) => tf.add(x, y),
  Mul: (x, _, y) => tf.mul(x, y),
  Div: (x, _, y) => tf.div(x, y),
  Erf: (x) => tf.erf(x),
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  Softmax: (x) => tf.softmax(x),
};

async function start() {
  const folder = new URL("./", import.meta.url);
  setWasmPaths(folder.protocol === "file:" ? folder.pathname : folder.href);
  // Node and isolated pages have what threads need, and would get the build for many.
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

export async function open({ model, graph, ...given }) {
  const { settings, shape } = given;
  await started;
  const weights = tensors(graph, model);
  const nodes = graph.nodes.map((node) => ({
    ...node,
    weight: weights.get(node.weight),
    bias: weights.get(node.bias),
  }));
  const through = (input) => {
    const values = new Map(weights);
    values.set(settings.input, graph.images ? tf.transpose(input, [0, 2, 3, 1]) : input);
    for (const node of nodes) {
      const [x, ...more] = node.inputs.map((name) => values.get(name));
      values.set(node.name, OPS[node.op](x, node, ...more));
    }
    return values;
  };
  /** A vector as it is; a feature map averaged where it is. */
  const pooled = (value) => (value.rank === 4 ? tf.mean(value, [1, 2]) : value).dataSync();
  return scorer(given, (data, count) =>
    tf.tidy(() => {
      const values = through(tf.tensor(data, [count, ...shape]));
      return settings.layers.map(({ name }) => pooled(values.get(name)));
    }),
  );
}
