import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { hashModel } from "../../../pkg/file/hash.js";
import { Detector } from "../../../pkg/index.js";

const read = async (name) =>
  new Uint8Array(await readFile(new URL(`../../../models/${name}.onnx`, import.meta.url)));

/** Lets a call run where there is no `crypto`, as on plain HTTP. */
async function withoutCrypto(call) {
  const own = Object.getOwnPropertyDescriptor(globalThis, "crypto");
  Object.defineProperty(globalThis, "crypto", { value: {}, configurable: true });
  try {
    return await call();
  } finally {
    Object.defineProperty(globalThis, "crypto", own);
  }
}

test("of a detector file, the model is hashed", async () => {
  for (const name of ["digits", "cifar10"]) {
    const model = await read(`${name}-model`);
    const sha256 = new Uint8Array(createHash("sha256").update(model).digest());
    assert.deepEqual(await hashModel(await read(name)), [model.length, sha256]);
    assert.equal((await hashModel(model))[0], 0);
  }
  assert.equal((await hashModel(new Uint8Array())).length, 2);
});

test("with `crypto` or without, a detector loads, and a changed one is refused", async () => {
  const file = await read("digits");
  const changed = file.slice();
  // Within the weights, so that the model could still be read.
  changed[50_000] ^= 1;
  const refusal = { code: "invalid-detector", message: /it was changed after the fit/ };
  const load = async () => {
    (await Detector.load(file)).dispose();
    await assert.rejects(Detector.load(changed), refusal);
  };
  await load();
  await withoutCrypto(async () => {
    assert.deepEqual(await hashModel(file), []);
    await load();
  });
});
