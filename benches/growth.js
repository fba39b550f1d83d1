// One measurement of benches/growth.py in WebAssembly, in a process of its own: prints milliseconds
// and the most megabytes that the process held.
//
//     node benches/growth.js score DETECTOR SAMPLES
//     node benches/growth.js fit MODEL SAMPLES LABELS LAYER...
//
// SAMPLES holds 32-bit floats laid end to end, LABELS 32-bit integers.
import { readFileSync } from "node:fs";
import { Detector, Fitter } from "../pkg/index.js";
import { median } from "./rounds.js";

/**
 * Milliseconds of scores before any counts, as the engine first runs slow machine code; those of
 * scores that count, and the most of them.
 */
const [WARM, LEAST, MOST] = [2000, 300, 1000];

const read = (path) => readFileSync(path);
const array = (type, path) => new type(new Uint8Array(read(path)).buffer);
/** The most megabytes that this process held. */
const memory = () =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))[1]) / 1000;

async function timed(work) {
  const start = performance.now();
  const value = await work();
  return [performance.now() - start, value];
}

async function score(file, samples) {
  const bytes = read(file);
  const [load, detector] = await timed(() => Detector.load(bytes));
  const size = detector.info.inputShape.reduce((product, side) => product * side, 1);
  const input = array(Float32Array, samples).slice(0, size);
  const first = detector.score(input).score;
  const warm = performance.now() + WARM;
  while (performance.now() < warm) detector.score(input);
  const [times, end] = [[], performance.now() + LEAST];
  while (performance.now() < end && times.length < MOST)
    times.push((await timed(() => detector.score(input)))[0]);
  return { load, score: median(times), value: first, memory: memory() };
}

async function fit(file, samples, labels, ...layers) {
  const [data, classes] = [array(Float32Array, samples), array(Int32Array, labels)];
  const model = read(file);
  const [ms] = await timed(async () => {
    const fitter = await Fitter.create(model, { layers, holdOut: 0.5, similarity: "cosine" });
    await fitter.pushBatch(data, classes);
    return fitter.finish();
  });
  return { fit: ms, "fit memory": memory() };
}

// The engine's own start is no part of any load.
(await Detector.embedded()).dispose();
const [what, ...given] = process.argv.slice(2);
console.log(JSON.stringify(await { score, fit }[what](...given)));
