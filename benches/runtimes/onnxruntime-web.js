// ONNX Runtime's WebAssembly build on one thread, with SHE in JavaScript.
import * as ort from "../peers/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
import { score } from "./she.js";

ort.env.wasm.numThreads = 1;

/** Images that are run together in a batch: more are no faster. */
const TOGETHER = 16;

export async function open({ model, settings, shape }) {
  const session = await ort.InferenceSession.create(new Uint8Array(model), { executionProviders: ["wasm"], graphOptimizationLevel: "all" });
  const size = shape.reduce((product, side) => product * side, 1);
  const names = settings.layers.map(({ name }) => name);
  const scores = async (data, count) => {
    const results = await session.run({ [settings.input]: new ort.Tensor("float32", data, [count, ...shape]) });
    const outputs = names.map((name) => results[name].data);
    return Array.from({ length: count }, (_, i) => score(settings, outputs, i, count));
  };
  return {
    score: async (input) => (await scores(input, 1))[0],
    async batch(data) {
      const all = [];
      for (let from = 0; from < data.length; from += TOGETHER * size) {
        const part = data.slice(from, from + TOGETHER * size);
        all.push(...(await scores(part, part.length / size)));
      }
      return all;
    },
  };
}
