// Exported graphs in onnxruntime-web, in Node and in Chromium, give the detector's own verdicts.
// ONNX Runtime itself is in `export_test.py`. With TABLE=1 it also prints the largest differences.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import * as ort from "../benches/peers/node_modules/onnxruntime-web/dist/ort.node.min.mjs";
import * as she from "../pkg/index.js";
import { start } from "./chromium.js";
import { differences, NAMES, tiles } from "./exported.js";

const ORT = "/benches/peers/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
/** Largest difference of a score, as a share where it is above 1, and of a p-value. */
const CLOSE = 1e-5;
/** Largest share of samples too close to a calibration score to tell. */
const UNDECIDED = 0.02;

let chromium, page, sheet;

const read = (file) => readFile(new URL(`../${file}`, import.meta.url));

before(async () => {
  ort.env.logLevel = "fatal";
  ort.env.wasm.numThreads = 1;
  chromium = await start();
  page = await chromium.blank();
  // Node decodes no pictures.
  const text = await page.evaluate(async (address) => {
    globalThis.ort = await import(address);
    Object.assign(ort.env, { logLevel: "fatal" });
    ort.env.wasm.numThreads = 1;
    const bytes = await (await fetch("/tests/data/cifar10.png")).blob();
    globalThis.sheet = await she.decode(bytes);
    return Array.from(sheet.data, (byte) => String.fromCharCode(byte)).join("");
  }, ORT);
  sheet = { data: Buffer.from(text, "latin1"), width: 512 };
});

after(() => chromium.close());

const PLACES = {
  Node: (name) => differences({ she, ort, sheet, name, read }),
  Chromium: (name) =>
    page.evaluate(async (name) => {
      const { differences } = await import("/tests/exported.js");
      const read = async (file) => new Uint8Array(await (await fetch(`/${file}`)).arrayBuffer());
      return differences({ she, ort, sheet, name, read });
    }, name),
};

for (const [place, measure] of Object.entries(PLACES))
  for (const name of NAMES)
    test(`${name} in ${place}`, async () => {
      for (const found of await measure(name)) {
        const { score, excess, pValue, flips, nearest, undecided, samples } = found;
        if (process.env.TABLE)
          console.log(
            `| ${name} | ${place} | ${score.toExponential(1)} | ${pValue.toExponential(1)} |`,
            `${flips} | ${nearest} | ${undecided} of ${samples} |`,
          );
        assert.ok((name.startsWith("fisher") ? excess : score) < CLOSE, `score: ${score}`);
        assert.ok(pValue < CLOSE, `p-value: ${pValue}`);
        assert.deepEqual([flips, nearest], [0, 0]);
        assert.ok(undecided <= UNDECIDED * samples, `${undecided} undecided`);
      }
    });

test("the code of the docs runs in Chromium, and no other threshold can be given", async () => {
  const docs = await readFile(new URL("../docs/export.md", import.meta.url), "utf8");
  const [, code] = docs.match(/```js\n(import[\s\S]*?)```/);
  const detector = await she.Detector.load(await read("models/cifar10.onnx"));
  const graph = Buffer.from(detector.toOnnx());
  const values = tiles(sheet).subarray(0, 3 * 32 * 32);
  const { scores, isOod } = await detector.scoreBatch(values);
  await page.route("**/scored.onnx", (route) => route.fulfill({ body: graph }));
  const contents = code.replace('"onnxruntime-web"', `"${ORT}"`);
  const more = "export { ood_score, is_ood, session, image, ort };";
  await page.route("**/docs.js", (route) =>
    route.fulfill({ body: `${contents}${more}`, contentType: "text/javascript" }),
  );
  const [score, flag, refusal] = await page.evaluate(
    async (given) => {
      globalThis.values = Float32Array.from(given);
      const { ood_score, is_ood, session, image, ort } = await import("/docs.js");
      const ood_threshold = new ort.Tensor("float32", [0], [1]);
      const refused = session.run({ image, ood_threshold });
      const refusal = await refused.then(() => "none", String);
      return [ood_score.data[0], is_ood.data[0], refusal];
    },
    [...values],
  );
  assert.ok(Math.abs(score - scores[0]) < CLOSE * Math.max(1, Math.abs(scores[0])));
  assert.equal(flag, isOod[0]);
  assert.match(refusal, /ood_threshold/);
});
