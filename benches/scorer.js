// The verdict without the engine, in Chromium: how long a score takes beside three other ways, what
// each way fetches, and how soon `she-ood/scorer` gives its first verdict.
//
//     make bench-scorer
import { copyFileSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { buildSync } from "esbuild";
import { start } from "../tests/chromium.js";
import { MODELS } from "./models.js";
import { inTurns, median } from "./rounds.js";

const ROUNDS = 15;
const OUT = "target/bench";
const ORT = "benches/peers/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm";
/** The WebAssembly that each way fetches. */
const WAYS = {
  "Detector.score": ["pkg/she_ood_bg.wasm"],
  "onnxruntime-web, then Scorer": [ORT, "pkg/she_ood_scorer_bg.wasm"],
  "onnxruntime-web, then JavaScript": [ORT],
  "onnxruntime-web, exported graph": [ORT],
};
const NAMES = ["resnet-20", "mobilenet"];
const DETECTORS = ["models/digits.onnx", "models/cifar10.onnx"];

const rounded = (values) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, +value.toFixed(3)]));
const medians = (values) =>
  rounded(Object.fromEntries(Object.entries(values).map(([key, all]) => [key, median(all)])));

function bundle() {
  buildSync({
    entryPoints: ["benches/runtimes/scorer.js"],
    outdir: `${OUT}/scorer`,
    platform: "browser",
    bundle: true,
    minify: true,
    format: "esm",
    logLevel: "error",
  });
  copyFileSync(ORT, `${OUT}/scorer/${basename(ORT)}`);
}

/** Milliseconds of one score by each way; the scores must agree. */
async function compare(chromium, name) {
  const { shape, scores: count } = MODELS[name];
  const page = await chromium.blank();
  const open = async ([name, shape]) => {
    const { open } = await import("/target/bench/scorer/scorer.js");
    globalThis.ways = await open(name, shape);
  };
  await page.evaluate(open, [name, shape]);
  const names = Object.keys(WAYS);
  const scores = await page.evaluate((names) => ways.scores(names), names);
  const allowed = 1e-4 * Math.max(1, Math.abs(scores[0]));
  if (!scores.every((score) => Math.abs(score - scores[0]) <= allowed))
    throw new Error(`${name}: the scores ${scores} do not agree`);
  const time = (way) => page.evaluate(([way, count]) => ways.time(way, count), [way, count]);
  const times = await inTurns(names, time, ROUNDS);
  await page.close();
  return medians(times);
}

/** Milliseconds until a page that has nothing yet has a first verdict. */
async function firstVerdict({ server, browser }, file) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const document = { contentType: "text/html", body: "<!doctype html><title>blank</title>" };
  await page.route("**/blank", (route) => route.fulfill(document));
  await page.goto(`${server.url}blank`);
  const times = await page.evaluate(async (file) => {
    const detector = await (await fetch(`/${file}`)).arrayBuffer();
    const begun = performance.now();
    const { init, Scorer } = await import("/pkg/scorer.js");
    const imported = performance.now();
    await init("/pkg/she_ood_scorer_bg.wasm");
    const started = performance.now();
    const scorer = await Scorer.load(detector);
    const loaded = performance.now();
    const { info } = scorer;
    const logits = info.labels.map((_, i) => i - 2.5);
    const layers = info.layers.map(({ size }) => new Float32Array(size).fill(0.5));
    scorer.score({ logits, layers });
    const first = performance.now();
    for (let i = 0; i < 1000; i++) scorer.score({ logits, layers });
    return {
      "import of modules": imported - begun,
      "WebAssembly, fetched and compiled": started - imported,
      "load of the detector": loaded - started,
      "first score": first - loaded,
      "score after that": (performance.now() - first) / 1000,
    };
  }, file);
  await context.close();
  return times;
}

async function starts(chromium, file) {
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await firstVerdict(chromium, file));
  const all = (key) => rounds.map((times) => times[key]);
  return medians(Object.fromEntries(Object.keys(rounds[0]).map((key) => [key, all(key)])));
}

function megabytes(files) {
  const bytes = files.map((file) => readFileSync(file));
  const sum = (lengths) => lengths.reduce((total, length) => total + length, 0) / 1e6;
  const compressed = bytes.map((content) => brotliCompressSync(content).length);
  return rounded({ raw: sum(bytes.map(({ length }) => length)), brotli: sum(compressed) });
}

bundle();
const chromium = await start();
const scores = {};
for (const name of NAMES) scores[name] = await compare(chromium, name);
const wait = {};
for (const file of DETECTORS) wait[file] = await starts(chromium, file);
await chromium.close();
console.log("Milliseconds a score, on one thread");
console.table(scores);
console.log("MB of WebAssembly");
console.table(
  Object.fromEntries(Object.entries(WAYS).map(([way, files]) => [way, megabytes(files)])),
);
console.log("Milliseconds until the first verdict");
console.table(wait);
