// The code of docs/with-other-runtimes.md in Chromium: the scores of our own engine.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { Detector } from "../pkg/index.js";
import { start } from "./chromium.js";
import { mlp } from "./keras.js";

const DOCS = readFileSync(new URL("../docs/with-other-runtimes.md", import.meta.url), "utf8");
const PEERS = "/benches/peers/node_modules";
const DETECTOR = "models/cifar10.onnx";
/** The folder of a model of transformers.js, beside the model itself. */
const FOLDER = {
  "config.json": { model_type: "resnet" },
  "preprocessor_config.json": {
    image_processor_type: "ViTImageProcessor",
    do_normalize: true,
    do_rescale: true,
    do_resize: true,
    image_mean: [0.4914, 0.4822, 0.4465],
    image_std: [0.247, 0.2435, 0.2616],
    size: { height: 32, width: 32 },
  },
};
const PLACES = {
  "she-ood/scorer": "/pkg/scorer.js",
  "onnxruntime-web": `${PEERS}/onnxruntime-web/dist/ort.all.bundle.min.mjs`,
};

let chromium, page, ofPixels;
let runs = 0;
const elsewhere = [];

before(async () => {
  chromium = await start({ args: ["--enable-unsafe-webgpu"] });
  page = await chromium.blank();
  page.on("request", (request) => {
    if (!request.url().startsWith(chromium.server.url)) elsewhere.push(request.url());
  });
  const detector = readFileSync(DETECTOR);
  const tapped = (await Detector.load(detector)).toOnnx({ taps: true });
  const files = { "detector.onnx": detector, "tapped.onnx": tapped, "onnx/model.onnx": tapped };
  for (const [name, content] of Object.entries(FOLDER))
    files[name] = new TextEncoder().encode(JSON.stringify(content));
  files["picture.png"] = readFileSync("tests/data/cifar10.png");
  await serve(files);
  await page.route("**/ort/*", (route) => {
    const [name] = route.request().url().split("/").slice(-1);
    route.fulfill({ path: `.${PEERS}/onnxruntime-web/dist/${name}` });
  });
  ofPixels = await page.evaluate(async (detector) => {
    globalThis.ours = await she.Detector.load(`/${detector}`);
    const length = ours.info.inputShape.reduce((product, size) => product * size, 1);
    globalThis.pixels = Float32Array.from({ length }, (_, i) => Math.abs(Math.sin(i)));
    return ours.score(pixels);
  }, DETECTOR);
});

after(() => chromium.close());

/** Has the page find these files; those served last come first. */
async function serve(files) {
  for (const [name, bytes] of Object.entries(files))
    await page.route(`**/${name}`, (route) => route.fulfill({ body: Buffer.from(bytes) }));
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

function agrees(report, expected = ofPixels) {
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
  assert.ok(Math.abs(report.score - ofPixels.score) < 1e-2);
});

test("transformers.js, without a network", async () => {
  const before = (code) =>
    code.replace("model.forward(inputs)", "model.forward({ image: inputs.pixel_values })");
  const after = "globalThis.given = inputs.pixel_values.data;";
  const report = await run("transformers.js", (code) => before(code) + after);
  agrees(report, await page.evaluate(() => ours.score(given)));
  assert.deepEqual(
    elsewhere.filter((url) => !url.startsWith("blob:")),
    [],
  );
});

test("TensorFlow.js", async () => {
  const { detector, ...model } = await mlp();
  await serve({ "detector.onnx": detector, ...model });
  const expected = await page.evaluate(
    async (detector) => {
      const ours = await she.Detector.load(new Uint8Array(detector));
      globalThis.pixels = Float32Array.from({ length: 784 }, (_, i) => Math.abs(Math.sin(i)));
      return ours.score(pixels);
    },
    [...detector],
  );
  const before = `import "@tensorflow/tfjs-backend-cpu";\n`;
  agrees(await run("tfjs", (code) => before + code), expected);
});
