// ONNX Runtime's WebAssembly build, with SHE in JavaScript.
import * as ort from "../peers/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
import { scorer } from "./she.js";

/** Opens models that run on so many threads, which is for a whole page. */
export function opener(threads) {
  ort.env.wasm.numThreads = threads;
  return async ({ model, ...given }) => {
    const { settings, shape } = given;
    const session = await ort.InferenceSession.create(new Uint8Array(model), {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
    });
    return scorer(given, async (data, count) => {
      const results = await session.run({
        [settings.input]: new ort.Tensor("float32", data, [count, ...shape]),
      });
      return settings.layers.map(({ name }) => results[name].data);
    });
  };
}
