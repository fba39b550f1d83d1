// Damaged models and detectors by the thousand: each gives an error of a known kind or a detector that works, and what lives beside goes on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Detector, Fitter } from "she-ood";
import { sweep } from "./mutations.js";

const read = (name) => new Uint8Array(readFileSync(new URL(`data/${name}`, import.meta.url)));

/** What a file can bring about. `internal` is WebAssembly that failed and was replaced. */
const CODES = [
  "invalid-model",
  "unsupported-model",
  "unsupported-operator",
  "unknown-layer",
  "unknown-class",
  "patterns-mismatch",
  "not-a-detector",
  "not-finite",
  "invalid-detector",
  "invalid-option",
  "detector-version",
  "model-run",
  "too-large",
  "fit",
  "internal",
];

test("no damaged file does harm", async (t) => {
  const { table, wrong, slowest } = await sweep({ Detector, Fitter }, read("tiny.onnx"), [read("trap.onnx")], CODES);
  for (const [kind, { files, ...results }] of Object.entries(table)) t.diagnostic(`${kind}: ${files} files: ${JSON.stringify(results)}`);
  t.diagnostic(`the slowest took ${slowest.toFixed(0)} ms`);
  assert.deepEqual(wrong, []);
  const files = Object.values(table).reduce((sum, { files }) => sum + files, 0);
  assert.ok(files > 20_000, `${files} files`);
});
