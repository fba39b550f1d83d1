// The code of docs/with-other-runtimes.md in Chromium: the scores of our own engine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { start } from "./chromium.js";

const DOCS = readFileSync(new URL("../docs/with-other-runtimes.md", import.meta.url), "utf8");
const PEERS = "/benches/peers/node_modules";
const DETECTOR = "models/cifar10.onnx";
const PLACES = {
  "she-ood/scorer": "/pkg/scorer.js",
  "onnxruntime-web": `${PEERS}/onnxruntime-web/dist/ort.all.bundle.min.mjs`,
};

let chromium, page, expected;
let runs = 0;

before(async () => {
  chromium = await start({ args: ["--enable-unsafe-webgpu"] });
  page = await chromium.blank();
  await page.route("**/detector.onnx", (route) =>
    route.fulfill({ body: readFileSync(DETECTOR), contentType: "application/octet-stream" }),
  );
  await page.route("**/tapped.onnx", async (route) => route.fulfill({ body: tapped() }));
  expected = await page.evaluate(async (detector) => {
    globalThis.ours = await she.Detector.load(`/${detector}`);
    const length = ours.info.inputShape.reduce((product, size) => product * size, 1);
    globalThis.pixels = Float32Array.from({ length }, (_, i) => Math.abs(Math.sin(i)));
    return ours.score(pixels);
  }, DETECTOR);
});

after(() => chromium.close());

/** A field of a protobuf message. */
function field(number, content) {
  const bytes = Buffer.from(content);
  assert.ok(bytes.length < 128);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

/** The detector with its layers as outputs: fields of a message that comes twice are joined. */
function tapped() {
  const outputs = ["stage1_block3_conv2", "pooled"].map((name) => field(12, field(1, name)));
  return Buffer.concat([readFileSync(DETECTOR), field(7, Buffer.concat(outputs))]);
}

/** The code as one module, with what it imports of `benches/peers`. */
function bundled(contents) {
  const resolveDir = fileURLToPath(new URL("../benches/peers", import.meta.url));
  const options = { bundle: true, format: "esm", write: false, external: Object.values(PLACES) };
  return buildSync({ ...options, stdin: { contents, resolveDir } }).outputFiles[0].text;
}

/** Runs the code of a recipe and returns its report; `edit` changes the code. */
async function run(name, edit = (code) => code) {
  const [, code] = DOCS.match(new RegExp(`recipe: ${name} -->\\s+\`\`\`js\\n([\\s\\S]*?)\`\`\``));
  const placed = edit(code).replace(/from "([^"]+)"/g, (whole, module) =>
    PLACES[module] ? `from "${PLACES[module]}"` : whole,
  );
  const text = bundled(`${placed}\nexport { report };`);
  await page.route("**/recipe.js*", (route) =>
    route.fulfill({ body: text, contentType: "text/javascript" }),
  );
  const report = await page.evaluate(
    async (run) => (await import(`/recipe.js?${run}`)).report,
    // A module of the same address is not run again.
    runs++,
  );
  await page.unroute("**/recipe.js*");
  return report;
}

function agrees(report) {
  assert.ok(Math.abs(report.score - expected.score) < 1e-4, `${report.score}, ${expected.score}`);
  assert.equal(report.isOod, expected.isOod);
  assert.equal(report.predicted.label, expected.predicted.label);
}

test("onnxruntime-web", async () => agrees(await run("onnxruntime-web")));

test("onnxruntime-web on WebGPU, where there is one", async (context) => {
  const gpu = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
  if (!gpu) return context.skip("this machine has no WebGPU");
  const onGpu = (code) =>
    code.replace('"tapped.onnx"', '"tapped.onnx", { executionProviders: ["webgpu"] }');
  const report = await run("onnxruntime-web", onGpu);
  assert.ok(Math.abs(report.score - expected.score) < 1e-2);
});

test("TensorFlow.js", async () => {
  const before = (code) =>
    code.replace(
      "const scorer",
      `await import("@tensorflow/tfjs-backend-cpu");
       await tf.ready();
       const all = ours.features(pixels);
       const row = (i) => all.layers[i].features;
       const map = tf.tile(tf.tensor(row(0), [1, 1, 1, 16]), [1, 4, 4, 1]);
       const pooled = tf.tensor(row(1), [1, 64]);
       const logits = tf.tensor(all.logits, [1, 10]);
       const scorer`,
    );
  agrees(await run("tfjs", before));
});
