// How soon `she-ood/scorer` gives its first verdict in Chromium, and how long one takes.
//
//     make bench-scorer
import { start } from "../tests/chromium.js";

const ROUNDS = 9;
const MODELS = ["models/digits.onnx", "models/cifar10.onnx"];

const median = (times) => times.sort((a, b) => a - b)[times.length >> 1];

/** Milliseconds of the WebAssembly's start, of the detector's load, and of one score. */
async function times(chromium, file) {
  const page = await chromium.blank({ entry: "scorer" });
  const found = await page.evaluate(async (file) => {
    const [wasm, detector] = await Promise.all(
      ["/pkg/she_ood_scorer_bg.wasm", `/${file}`].map(async (url) =>
        (await fetch(url)).arrayBuffer(),
      ),
    );
    const begun = performance.now();
    await she.init(wasm);
    const started = performance.now();
    const scorer = await she.Scorer.load(detector);
    const loaded = performance.now();
    const { info } = scorer;
    const logits = info.labels.map((_, i) => i - 2.5);
    const layers = info.layers.map(({ size }) => new Float32Array(size).fill(0.5));
    scorer.score({ logits, layers });
    const first = performance.now();
    for (let i = 0; i < 1000; i++) scorer.score({ logits, layers });
    const one = (performance.now() - first) / 1000;
    return { start: started - begun, load: loaded - started, first: first - loaded, one };
  }, file);
  await page.close();
  return found;
}

const chromium = await start();
for (const file of MODELS) {
  const rounds = [];
  for (let i = 0; i < ROUNDS; i++) rounds.push(await times(chromium, file));
  const keys = Object.keys(rounds[0]);
  const row = keys.map((key) => [key, +median(rounds.map((round) => round[key])).toFixed(3)]);
  console.table({ [`${file}, ms`]: Object.fromEntries(row) });
}
await chromium.close();
