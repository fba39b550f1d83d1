// What is measured of runtimes, the same in a page and in Node: both import this file.
import { bytes } from "./bytes.js";
import { noise } from "./shape.js";

const PLATFORM = typeof process === "undefined" ? "browser" : "node";
const HELD = {};

const text = (file) => JSON.parse(new TextDecoder().decode(file));
const at = (path) => new URL(`../${path}`, import.meta.url);
// Workers have a script of their own, which is not part of a bundle.
const script = (runtime) =>
  at(
    runtime.endsWith("-worker")
      ? `benches/runtimes/${runtime}.js`
      : `target/bench/${PLATFORM}/${runtime}.js`,
  );

async function files(runtime, model) {
  const file = (end) => bytes(at(`target/bench/${model}${end}`));
  if (runtime.startsWith("she-ood")) return { detector: await file(".onnx") };
  const ends =
    runtime === "tfjs" ? ["-tfjs.bin", "-peer.json", "-tfjs.json"] : ["-peer.onnx", "-peer.json"];
  const [weights, settings, graph] = await Promise.all(ends.map(file));
  return { model: weights, settings: text(settings), graph: graph && text(graph) };
}

/** Loads a model in a runtime from nothing. */
async function opened(runtime, model, { shape, together }) {
  const [{ open }, all] = await Promise.all([import(script(runtime)), files(runtime, model)]);
  return open({ ...all, shape, together });
}

/** Milliseconds from nothing to the first score, and those of loading the model once more. */
export async function coldStart(runtime, model, about) {
  const { shape, together } = about;
  const input = noise(shape);
  const start = performance.now();
  await (await opened(runtime, model, about)).score(input);
  const cold = performance.now() - start;
  const all = await files(runtime, model);
  const { open } = await import(script(runtime));
  const loading = performance.now();
  await open({ ...all, shape, together });
  return { cold, load: performance.now() - loading };
}

/** Lets each of some runtimes hold the model. */
export async function hold(runtimes, model, about) {
  for (const runtime of runtimes) HELD[runtime] = await opened(runtime, model, about);
}

/** Milliseconds of one score. */
export async function one(runtime, { shape, scores }) {
  const input = noise(shape);
  const start = performance.now();
  for (let i = 0; i < scores; i++) await HELD[runtime].score(input);
  return (performance.now() - start) / scores;
}

/** Milliseconds of one image of a batch, over batches with at least as many samples as `one`. */
export async function batch(runtime, { shape, batch, scores }) {
  const data = noise([batch, ...shape]);
  const count = Math.ceil(scores / batch);
  const start = performance.now();
  for (let i = 0; i < count; i++) await HELD[runtime].batch(data);
  return (performance.now() - start) / batch / count;
}

/** The share of a score that is not the model's own. */
export function share({ shape, scores }) {
  const input = noise(shape);
  const start = performance.now();
  let model = 0;
  for (let i = 0; i < 5 * scores; i++) model += HELD["she-ood"].timings(input).model;
  return 1 - model / (performance.now() - start);
}

/**
 * How far the scores of all are from ours at most, one by one and in a batch, as a share of ours.
 */
export async function difference(runtimes, { shape }) {
  const input = noise(shape, 99);
  const scores = await Promise.all(runtimes.map((name) => HELD[name].score(input)));
  const farthest =
    Math.max(...scores.map((score) => Math.abs(score - scores[0]))) / Math.abs(scores[0]);
  return Math.max(farthest, await differenceInBatch(runtimes, shape));
}

/** The same for a batch that no runtime's batches divide. */
async function differenceInBatch(runtimes, shape) {
  const data = noise([19, ...shape], 99);
  const [ours, ...others] = await Promise.all(runtimes.map((name) => HELD[name].batch(data)));
  return Math.max(
    ...others.flatMap((scores) =>
      ours.map((score, i) => Math.abs(scores[i] - score) / Math.abs(score)),
    ),
  );
}

/** Billions of additions and multiplications a second, of nothing else. */
export async function peak(module, flops) {
  const { instance } = await WebAssembly.instantiate(new Uint8Array(module));
  const turns = 2e7;
  instance.exports.run(turns);
  const start = performance.now();
  instance.exports.run(turns);
  return (turns * flops) / (performance.now() - start) / 1e6;
}

/** Scores so many times, and keeps the model. */
export async function keep(runtime, model, about, count) {
  await hold([runtime], model, about);
  const input = noise(about.shape);
  for (let i = 0; i < count; i++) await HELD[runtime].score(input);
}
