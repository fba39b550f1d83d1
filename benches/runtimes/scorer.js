// A score in four ways on one page, for benches/scorer.js: by our engine, and on ONNX Runtime's
// WebAssembly build on one thread.
import * as ort from "../peers/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
import { noise } from "../shape.js";
import { open as openPeer } from "./onnxruntime-web.js";

const ENGINE = "/pkg/index.js";
const SCORER = "/pkg/scorer.js";

/** What a file of `target/bench` holds. */
async function read(name) {
  const response = await fetch(`/target/bench/${name}`);
  return response.arrayBuffer();
}

async function session(model) {
  const created = await ort.InferenceSession.create(new Uint8Array(model), {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const [input] = created.inputNames;
  return (data, dims) => created.run({ [input]: new ort.Tensor("float32", data, dims) });
}

async function byEngine(file) {
  const { Detector } = await import(ENGINE);
  const detector = await Detector.load(file);
  return (data) => detector.score(data).score;
}

async function byScorer(file, layers) {
  const { Scorer } = await import(SCORER);
  const [scorer, run] = [await Scorer.load(file), await session(layers)];
  return async (data, dims) => {
    const layers = await run(data, dims);
    // The model's own output comes before its layers.
    const [logits] = Object.values(layers);
    return scorer.score({ logits, layers }).score;
  };
}

async function byJavaScript(name, shape) {
  const [model, settings] = [await read(`${name}-peer.onnx`), await read(`${name}-peer.json`)];
  const parsed = JSON.parse(new TextDecoder().decode(settings));
  const { score } = await openPeer({ model, settings: parsed, shape, together: 1 });
  return score;
}

async function byGraph(model) {
  const run = await session(model);
  return async (data, dims) => (await run(data, dims)).ood_score.data[0];
}

/** The ways to score with the detector `target/bench/NAME.onnx`. */
export async function open(name, shape) {
  const { Detector } = await import(ENGINE);
  const file = new Uint8Array(await read(`${name}.onnx`));
  const detector = await Detector.load(file);
  const ways = {
    "Detector.score": await byEngine(file),
    "onnxruntime-web, then Scorer": await byScorer(file, detector.toOnnx({ taps: true })),
    "onnxruntime-web, then JavaScript": await byJavaScript(name, shape),
    "onnxruntime-web, exported graph": await byGraph(detector.toOnnx()),
  };
  detector.dispose();
  const [data, dims] = [noise(shape, 3), [1, ...shape]];
  return {
    async scores(names) {
      const scores = [];
      for (const name of names) scores.push(await ways[name](data, dims));
      return scores;
    },
    /** Milliseconds of one score, as a mean of so many. */
    async time(way, count) {
      const begun = performance.now();
      for (let i = 0; i < count; i++) await ways[way](data, dims);
      return (performance.now() - begun) / count;
    },
  };
}
