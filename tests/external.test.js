// Weights in files beside a model: the package in Node gives ONNX Runtime's logits, whichever way
// they come, and names what is wrong.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { Detector, Fitter, Model, SheError } from "she-ood";

const { sample, good, bad } = JSON.parse(
  readFileSync(new URL("data/external.json", import.meta.url)),
);
const home = mkdtempSync(join(tmpdir(), "external-"));
after(() => rmSync(home, { recursive: true, force: true }));

const bytes = (base64) => new Uint8Array(Buffer.from(base64, "base64"));
const filesOf = ({ files }) =>
  Object.fromEntries(Object.entries(files).map(([name, file]) => [name, bytes(file)]));
const DATA = "model.onnx.data";
const ONE = { model: bytes(good["one file"].model), data: bytes(good["one file"].files[DATA]) };
const values = Float32Array.from(sample);

function assertLogits(found, expected, name) {
  assert.equal(found.length, expected.length, name);
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(found[i] - value) <= 2e-4, `${name}: ${found}`);
}

async function logits(model, options) {
  const loaded = await Model.load(model, options);
  const found = loaded.logits(values);
  loaded.dispose();
  return found;
}

async function assertCode(code, call, ...words) {
  await assert.rejects(call, (error) => {
    assert.ok(error instanceof SheError, String(error));
    assert.equal(error.code, code, error.message);
    for (const word of words) assert.ok(error.message.includes(word), `${word}: ${error.message}`);
    return true;
  });
}

test("logits are ONNX Runtime's, whatever the files", async () => {
  const runs = Object.entries(good).filter(([, { logits }]) => logits);
  assert.equal(runs.length, 8);
  for (const [name, each] of runs) {
    const externalData = filesOf(each);
    assertLogits(await logits(bytes(each.model), { externalData }), each.logits, name);
    const [only, ...more] = Object.values(externalData);
    if (more.length > 0) {
      await assertCode(
        "invalid-option",
        () => logits(bytes(each.model), { externalData: only }),
        "object",
      );
    } else assertLogits(await logits(bytes(each.model), { externalData: only }), each.logits, name);
  }
});

test("files that do not have the weights are refused as on the command line", async () => {
  assert.ok(Object.keys(bad).length >= 20);
  for (const { model, words, ...each } of Object.values(bad)) {
    const [only] = Object.values(filesOf(each));
    await assertCode("invalid-model", () => logits(bytes(model), { externalData: only }), ...words);
  }
});

test("weights come from every kind of source", async () => {
  const path = join(home, DATA);
  writeFileSync(path, ONE.data);
  const url = pathToFileURL(path);
  for (const externalData of [
    url,
    url.href,
    ONE.data,
    ONE.data.slice().buffer,
    new Blob([ONE.data]),
    new Response(ONE.data),
    { [DATA]: new Blob([ONE.data]), "of another": url },
  ])
    assertLogits(await logits(ONE.model, { externalData }), good["one file"].logits);
});

test("a model without its weights names their file, and so does one given another", async () => {
  await assertCode("invalid-model", () => logits(ONE.model), `"${DATA}"`, "externalData");
  await assertCode(
    "invalid-option",
    () => logits(ONE.model, { externalData: { "other.data": ONE.data } }),
    `"other.data"`,
    `"${DATA}"`,
  );
  await assertCode("invalid-option", () => logits(ONE.model, { externalData: {} }), DATA);
  for (const wrong of [1, true, [ONE.data], () => 0])
    await assertCode("invalid-option", () => logits(ONE.model, { externalData: wrong }), "Blob");
  await assertCode("input-kind", () => logits(ONE.model, { externalData: { [DATA]: 5 } }), DATA);
});

test("a model that is whole needs none, and takes none", async () => {
  const whole = bytes(good["one file"].whole);
  const externalData = new Response(ONE.data);
  assertLogits(await logits(whole, { externalData }), good["one file"].logits);
  assert.equal(externalData.bodyUsed, false);
  for (const none of [undefined, null])
    assertLogits(await logits(whole, { externalData: none }), good["one file"].logits);
});

test("integrity, limits, progress and abort are for these files, too", async () => {
  const hash = (data) => `sha256-${createHash("sha256").update(data).digest("base64")}`;
  const load = (options) => logits(ONE.model, { externalData: ONE.data, ...options });
  await load({ integrity: `${hash(ONE.model)} ${hash(ONE.data)}` });
  await assertCode("load-failed", () => load({ integrity: hash(ONE.model) }), DATA);
  const all = ONE.model.length + ONE.data.length;
  await load({ limits: { bytes: all } });
  await assertCode("too-large", () => load({ limits: { bytes: all - 1 } }), "weights");
  const seen = [];
  await load({ onProgress: ({ phase, loaded }) => seen.push(`${phase} ${loaded}`) });
  assert.equal(seen.filter((each) => each === "model 0").length, 2, String(seen));
  assert.deepEqual(seen.slice(-2), ["compile 0", "ready 0"]);
  const controller = new AbortController();
  const endless = new Response(new ReadableStream({ start: (c) => c.enqueue(ONE.data) }));
  const loading = load({ externalData: endless, signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 50);
  await assert.rejects(loading, /enough/);
});

test("a page that a server sends in place of a file is named", async () => {
  const page = `<!doctype html>${"<p>".repeat(1000)}`;
  const server = createServer(({ url }, response) => {
    response.setHeader(
      "content-type",
      url.includes("typed") ? "text/html" : "application/octet-stream",
    );
    response.end(page);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${server.address().port}`;
  try {
    for (const externalData of [`${base}/typed`, { [DATA]: `${base}/typed` }])
      await assertCode("load-failed", () => logits(ONE.model, { externalData }), "text/html");
    await assertCode(
      "invalid-model",
      () => logits(ONE.model, { externalData: `${base}/x` }),
      "web page",
    );
    await assertCode("invalid-model", () => logits(`${base}/model.onnx`), "web page");
    await assertCode("load-failed", () => logits(`${base}/typed`), "text/html");
  } finally {
    server.close();
  }
});

test("the weights alone, given as the model, are told from one", () =>
  assertCode("invalid-model", () => logits(ONE.data), ".onnx file"));

test("a detector made of them is whole", async () => {
  const fitter = await Fitter.create(ONE.model, {
    layers: ["hidden"],
    holdOut: 0,
    externalData: ONE.data,
  });
  const all = good["one file"].logits;
  fitter.push(values, all.indexOf(Math.max(...all)));
  const detector = await fitter.finish();
  fitter.dispose();
  const file = detector.toBytes();
  detector.dispose();
  const whole = Buffer.from(good["one file"].whole, "base64");
  assert.ok(Buffer.from(file.subarray(0, whole.length)).equals(whole));
  const again = await Detector.load(file);
  assertLogits(again.features(values).logits, all, "detector");
  again.dispose();
});
