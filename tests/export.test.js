// Exported graphs in onnxruntime-web, in Node and in Chromium, give the detector's own verdicts.
// ONNX Runtime itself is in `export_test.py`. With TABLE=1 it also prints the largest differences.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import * as ort from "../benches/peers/node_modules/onnxruntime-web/dist/ort.node.min.mjs";
import * as she from "../pkg/index.js";
import { start } from "./chromium.js";
import { differences, NAMES } from "./exported.js";

const ORT = "/benches/peers/node_modules/onnxruntime-web/dist/ort.wasm.bundle.min.mjs";
/** Largest difference of a score, as a share where it is above 1, and of a p-value. */
const CLOSE = 1e-5;
/** Largest share of samples too close to a calibration score to tell. */
const UNDECIDED = 0.02;

let chromium, page, sheet;

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
  Node: (name) =>
    differences({ she, ort, sheet, name, read: (file) => readFile(new URL(`../${file}`, import.meta.url)) }),
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
      for (const { score, pValue, flips, nearest, undecided, samples } of await measure(name)) {
        if (process.env.TABLE)
          console.log(
            `| ${name} | ${place} | ${score.toExponential(1)} | ${pValue.toExponential(1)} |`,
            `${flips} | ${nearest} | ${undecided} of ${samples} |`,
          );
        assert.ok(score < CLOSE, `score: ${score}`);
        assert.ok(pValue < CLOSE, `p-value: ${pValue}`);
        assert.deepEqual([flips, nearest], [0, 0]);
        assert.ok(undecided <= UNDECIDED * samples, `${undecided} undecided`);
      }
    });
