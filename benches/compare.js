// she-ood beside what one would use instead, in one run: in Chromium, on the same models and inputs, in turns.
//
//     make bench-web
//
// Prints a table for each question and writes all figures to docs/performance.json, of which benches/chart.js makes docs/performance.svg.
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import { basename } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { buildSync } from "esbuild";
import { start } from "../tests/chromium.js";
import { FLOPS_A_TURN, peakModule } from "./peak.js";

/** Millions of multiplications of a sample; how many scores are timed at once; samples of a batch. */
const MODELS = {
  digits: { shape: [1, 28, 28], multiplications: 0.95, scores: 300, batch: 256 },
  mlp: { shape: [28, 28, 1], multiplications: 0.28, scores: 1000, batch: 256 },
  "resnet-20": { shape: [3, 32, 32], multiplications: 40.8, scores: 40, batch: 256 },
  mobilenet: { shape: [3, 224, 224], multiplications: 300.8, scores: 3, batch: 0 },
};
const RUNTIMES = ["she-ood", "onnxruntime-web", "rten"];
/** Runtimes that only take part in batches. */
const POOLS = ["she-ood-worker"];
const ROUNDS = 9;
const WASM = {
  "she-ood": "pkg/she_ood_bg.wasm",
  "onnxruntime-web": "benches/peers/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
  rten: "target/rten/glue/rten_peer_bg.wasm",
};

/** Each runtime as one script, as a user's bundler makes it, with its WebAssembly beside it. */
function bundle() {
  const entryPoints = RUNTIMES.map((name) => `benches/runtimes/${name}.js`);
  buildSync({ entryPoints, bundle: true, minify: true, format: "esm", outdir: "target/bench/runtimes", logLevel: "error" });
  for (const path of Object.values(WASM)) copyFileSync(path, `target/bench/runtimes/${basename(path)}`);
}

bundle();

const main = await start();
const { browser, close } = main;
const sorted = (values) => [...values].sort((a, b) => a - b);
const median = (values) => sorted(values)[values.length >> 1];

/** A page that is not cached anywhere, with the runtime's way to load and score a model at hand. */
async function blank({ browser, server } = main) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/blank", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>blank</title>" }));
  await page.goto(`${server.url}blank`);
  await page.evaluate(() => {
    const bytes = async (path) => (await fetch(path)).arrayBuffer();
    // Workers have a script of their own, which is not part of a bundle.
    globalThis.script = (runtime) => (runtime.endsWith("-worker") ? `/benches/runtimes/${runtime}.js` : `/target/bench/runtimes/${runtime}.js`);
    /** Loads a model in a runtime from nothing. */
    globalThis.opened = async (runtime, model, shape) => {
      const [{ open }, files] = await Promise.all([import(script(runtime)), globalThis.files(runtime, model)]);
      return open({ ...files, shape });
    };
    globalThis.files = async (runtime, model) => {
      if (runtime.startsWith("she-ood")) return { detector: await bytes(`/target/bench/${model}.onnx`) };
      const [file, settings] = await Promise.all([bytes(`/target/bench/${model}-peer.onnx`), bytes(`/target/bench/${model}-peer.json`)]);
      return { model: file, settings: JSON.parse(new TextDecoder().decode(settings)) };
    };
    globalThis.noise = (length, seed = 7) => Float32Array.from({ length }, () => (seed = (seed * 48271) % 2147483647) / 2147483647);
  });
  return page;
}

/** Milliseconds from nothing to the first score, and those of loading the model once more. */
async function coldStart(runtime, model, { shape }) {
  const page = await blank();
  const times = await page.evaluate(async ({ runtime, model, shape }) => {
    const input = noise(shape.reduce((product, side) => product * side, 1));
    const start = performance.now();
    await (await opened(runtime, model, shape)).score(input);
    const first = performance.now();
    const files = await globalThis.files(runtime, model);
    const { open } = await import(script(runtime));
    const loading = performance.now();
    await open({ ...files, shape });
    return { cold: first - start, load: performance.now() - loading };
  }, { runtime, model, shape });
  await page.context().close();
  return times;
}

/** A page in which all runtimes hold the model. */
async function loaded(model, { shape }) {
  const page = await blank();
  await page.evaluate(async ({ runtimes, model, shape }) => {
    globalThis.runtimes = {};
    for (const runtime of runtimes) runtimes[runtime] = globalThis.runtimes[runtime] = await opened(runtime, model, shape);
  }, { runtimes: [...RUNTIMES, ...POOLS], model, shape });
  return page;
}

/** Milliseconds of one score. */
const one = (page, runtime, { shape, scores }) =>
  page.evaluate(async ({ runtime, shape, scores }) => {
    const input = noise(shape.reduce((product, side) => product * side, 1));
    const start = performance.now();
    for (let i = 0; i < scores; i++) await globalThis.runtimes[runtime].score(input);
    return (performance.now() - start) / scores;
  }, { runtime, shape, scores });

/** Milliseconds of one image of a batch. */
const batch = (page, runtime, { shape, batch }) =>
  page.evaluate(async ({ runtime, shape, batch }) => {
    const data = noise(batch * shape.reduce((product, side) => product * side, 1));
    const start = performance.now();
    await globalThis.runtimes[runtime].batch(data);
    return (performance.now() - start) / batch;
  }, { runtime, shape, batch });

/** The share of a score that is not the model's own. */
const share = (page, { shape, scores }) =>
  page.evaluate(async ({ shape, scores }) => {
    const input = noise(shape.reduce((product, side) => product * side, 1));
    const { timings } = globalThis.runtimes["she-ood"];
    const start = performance.now();
    let model = 0;
    for (let i = 0; i < 5 * scores; i++) model += timings(input).model;
    return 1 - model / (performance.now() - start);
  }, { shape, scores });

/** Billions of additions and multiplications a second, of nothing else. */
const peak = (page) =>
  page.evaluate(async ({ bytes, flops }) => {
    const { instance } = await WebAssembly.instantiate(new Uint8Array(bytes));
    const turns = 2e7;
    instance.exports.run(turns);
    const start = performance.now();
    instance.exports.run(turns);
    return (turns * flops) / (performance.now() - start) / 1e6;
  }, { bytes: peakModule(), flops: FLOPS_A_TURN });

/** Megabytes of memory of the page's process after so many scores, in a browser of its own, beyond those of an empty page. */
async function memory(runtime, name, model, scores = 1000) {
  const own = await start();
  try {
    const page = await blank(own);
    const before = await megabytes(own.browser);
    // Large models take long, and what they hold is there after a few.
    const count = Math.min(scores, Math.ceil(1e4 / model.multiplications));
    await page.evaluate(async ({ runtime, name, shape, count }) => {
      const { score } = (globalThis.kept = await opened(runtime, name, shape));
      const input = noise(shape.reduce((product, side) => product * side, 1));
      for (let i = 0; i < count; i++) await score(input);
    }, { runtime, name, shape: model.shape, count });
    return (await megabytes(own.browser)) - before;
  } finally {
    await own.close();
  }
}

/** What all renderers of a browser hold for themselves and their part of what they share. */
async function megabytes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sizes = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))[1]));
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

/** The scores of both are the same: the largest difference, as a share of the scores' size. */
const difference = (page, { shape }) =>
  page.evaluate(async ({ shape, names }) => {
    const input = noise(shape.reduce((product, side) => product * side, 1), 99);
    const scores = await Promise.all(names.map((name) => globalThis.runtimes[name].score(input)));
    return Math.max(...scores.map((score) => Math.abs(score - scores[0]))) / Math.abs(scores[0]);
  }, { shape, names: RUNTIMES });

/** Each of some measurements in turn, so that what the machine does meanwhile hits all alike. */
async function inTurns(names, measure, rounds = ROUNDS) {
  const values = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) for (const name of names) values[name].push(await measure(name));
  return values;
}

/** Median of each, and median and range of the ratios to the first peer, round by round. */
function ratios(values, ours) {
  const peer = RUNTIMES[1];
  const each = sorted(values[ours].map((value, i) => value / values[peer][i]));
  const medians = [ours, ...RUNTIMES.slice(1)].map((name) => [name, median(values[name])]);
  return { ...Object.fromEntries(medians), ratio: median(each), range: [each[1], each.at(-2)] };
}

function downloads() {
  const sizes = Object.entries(WASM).map(([name, path]) => {
    const bytes = readFileSync(path);
    return [name, { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length }];
  });
  return Object.fromEntries(sizes);
}

const results = { date: new Date().toISOString().slice(0, 10), cpu: os.cpus()[0].model, cores: os.cpus().length, chromium: browser.version(), download: downloads(), models: {} };
console.log(`${results.cpu}, ${results.cores} cores, Chromium ${results.chromium}, ${results.date}`);
console.table(results.download);
const only = process.argv.slice(2);
for (const [name, model] of Object.entries(MODELS)) {
  if (only.length > 0 && !only.includes(name)) continue;
  const cold = await inTurns(RUNTIMES, (runtime) => coldStart(runtime, name, model), 5);
  const part = (key) => Object.fromEntries(Object.entries(cold).map(([runtime, times]) => [runtime, times.map((time) => time[key])]));
  const page = await loaded(name, model);
  const found = (results.models[name] = { difference: await difference(page, model) });
  if (found.difference > 1e-5) throw new Error(`${name}: the scores differ by ${found.difference} of their size`);
  found["cold start to first score"] = ratios(part("cold"), "she-ood");
  found["model load"] = ratios(part("load"), "she-ood");
  found["one score"] = ratios(await inTurns(RUNTIMES, (runtime) => one(page, runtime, model)), "she-ood");
  if (model.batch) {
    const batches = await inTurns([...RUNTIMES, ...POOLS], (runtime) => batch(page, runtime, model), 5);
    found["batch, per image"] = ratios(batches, "she-ood");
    found["batch, per image, workers"] = ratios(batches, "she-ood-worker");
  }
  found["share of SHE"] = await share(page, model);
  found["GFLOP/s"] = { "she-ood": (2 * model.multiplications) / found["one score"]["she-ood"], peak: await peak(page) };
  found["memory, MB"] = Object.fromEntries(await Promise.all(RUNTIMES.map(async (runtime) => [runtime, await memory(runtime, name, model)])));
  await page.context().close();
  const rows = Object.entries(found).filter(([, row]) => row.ratio);
  const { "GFLOP/s": speed, "memory, MB": held } = found;
  console.log(`${name}: ${speed["she-ood"].toFixed(1)} GFLOP/s of ${speed.peak.toFixed(1)}; memory ${RUNTIMES.map((runtime) => `${runtime} ${held[runtime].toFixed(0)} MB`).join(", ")}`);
  console.log(`${name}: scores differ by ${found.difference.toExponential(1)}; SHE is ${(100 * found["share of SHE"]).toFixed(1)} % of a score`);
  console.table(Object.fromEntries(rows.map(([what, { ratio, range, ...ms }]) => [what, { ...Object.fromEntries(Object.entries(ms).map(([k, v]) => [k.replace("she-ood-worker", "she-ood"), +v.toFixed(3)])), ratio: +ratio.toFixed(2), range: range.map((r) => r.toFixed(2)).join(" – ") }])));
}
writeFileSync("docs/performance.json", JSON.stringify(results, null, 1) + "\n");
await close();
