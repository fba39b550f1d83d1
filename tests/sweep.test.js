// Damaged models and detectors by the thousand: each gives an error of a known kind or a detector
// that works, and what lives beside goes on.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Detector, Fitter, Model } from "she-ood";
import { CODES, sweep } from "./mutations.js";

const read = (name) => new Uint8Array(readFileSync(new URL(`data/${name}`, import.meta.url)));

test("no damaged file does harm", async (t) => {
  const { table, wrong, slowest } = await sweep(
    { Detector, Fitter, Model },
    read("tiny.onnx"),
    [read("trap.onnx")],
    CODES,
  );
  for (const [kind, { files, ...results }] of Object.entries(table))
    t.diagnostic(`${kind}: ${files} files: ${JSON.stringify(results)}`);
  t.diagnostic(`the slowest took ${slowest.toFixed(0)} ms`);
  assert.deepEqual(wrong, []);
  const files = Object.values(table).reduce((sum, { files }) => sum + files, 0);
  assert.ok(files > 20_000, `${files} files`);
});
