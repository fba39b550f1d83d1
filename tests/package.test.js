// The built package in Node, as a user of npm has it: imported by name, with nothing but its public
// API.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { Detector, decode, Fitter, init, Model, metrics, SheError } from "she-ood";

const read = (name) => readFileSync(new URL(`data/${name}`, import.meta.url));
const json = (name) => JSON.parse(read(name));
const tinyWith = (options) => Detector.load(read("tiny.onnx"), options);
const tiny = () => tinyWith();
const reference = json("reference.json");
const inputs = reference.inputs.map((input) => Float32Array.from(input));
const all = Float32Array.from(reference.inputs.flat());

function assertClose(found, expected, tolerance, name) {
  assert.equal(found.length, expected.length, `${name}: length`);
  expected.forEach((value, i) => {
    assert.ok(
      Math.abs(found[i] - value) <= tolerance,
      `${name}[${i}]: ${found[i]}, expected ${value}`,
    );
  });
}

/** Asserts that a call fails with a SheError of this code. */
async function assertCode(code, call, message) {
  await assert.rejects(
    async () => call(),
    (error) => {
      assert.ok(error instanceof SheError && error instanceof Error, String(error));
      assert.deepEqual([error.name, error.code], ["SheError", code], error.message);
      if (message instanceof RegExp) assert.match(error.message, message);
      else if (message) assert.equal(error.message, message);
      return true;
    },
  );
}

test("the embedded detector gives a full report", async () => {
  const detector = await Detector.embedded();
  const report = detector.score(new Float32Array(784));
  assert.deepEqual(Object.keys(report), [
    "score",
    "parts",
    "threshold",
    "isOod",
    "pValue",
    "verdict",
    "set",
    "predicted",
    "probabilities",
    "nearest",
    "layers",
    "baselines",
    "timings",
  ]);
  assert.deepEqual(Object.keys(report.predicted), ["index", "label", "probability"]);
  assert.deepEqual(Object.keys(report.nearest), ["index", "label", "similarity"]);
  assert.deepEqual(Object.keys(report.layers[0]), ["name", "score", "similarities"]);
  assert.deepEqual(Object.keys(report.baselines), ["msp", "maxLogit", "energy"]);
  assert.deepEqual(Object.keys(report.timings), ["image", "model", "she"]);
  assert.equal(report.isOod, true, "a blank picture is out-of-distribution");
  assert.equal(report.score > report.threshold, report.isOod);
  assert.equal(report.verdict, "unknown");
  assert.deepEqual(Object.keys(report.parts), ["she", "energy"]);
  assertClose([report.parts.she + report.parts.energy], [report.score], 1e-5, "sum of the parts");
  assert.ok(report.timings.model > 0);
  assert.ok(Math.abs(report.probabilities.reduce((a, b) => a + b) - 1) < 1e-6);
});

test("info says what a detector is made of", async () => {
  const { info } = await tiny();
  assert.deepEqual(info, {
    inputShape: [1, 5, 4],
    labels: ["ant", "bee", "cat"],
    classes: [0, 1, 2],
    counts: [10, 20, 30],
    samples: null,
    classify: "model",
    taught: null,
    choice: null,
    judgement: null,
    outputs: "logits",
    rows: [1, 1, 1],
    layers: [
      { name: "map", size: 4 },
      { name: "vector", size: 4 },
    ],
    similarity: "inner",
    compareWith: "nearest",
    aggregator: { kind: "std", stds: [0.5, 0.25] },
    clips: null,
    energy: null,
    precision: "float32",
    threshold: reference.threshold,
    classThresholds: null,
    idPassRate: 0.9,
    passRateInterval: info.passRateInterval,
    calibrationSize: 40,
    sets: null,
    preprocess: {
      width: 4,
      height: 5,
      channels: "gray",
      layout: "nchw",
      framing: "stretch",
      mean: [0.5],
      std: [0.25],
    },
    warnings: [],
  });
  // The quantiles 0.025 and 0.975 of Beta(37, 4), by SciPy.
  assertClose(info.passRateInterval, [0.796135251, 0.972074585], 1e-6, "interval");
});

test("scores and features equal NumPy's", async () => {
  const detector = await tiny();
  const { expected } = reference;
  inputs.forEach((input, i) => {
    const report = detector.score(input);
    assertClose([report.score], [expected.joined[i]], 1e-5, "score");
    assertClose(
      report.layers[1].similarities,
      expected["inner similarities"][i],
      1e-6,
      "similarities",
    );
    assert.equal(report.nearest.index, expected["joined nearest"][i]);
    assertClose([report.nearest.similarity], [expected["joined similarity"][i]], 1e-5, "nearest");
    assertClose(
      [report.baselines.msp, report.baselines.energy],
      [expected.msp[i], expected.energy[i]],
      1e-6,
      "baselines",
    );
    const { logits, layers } = detector.features(input);
    assert.ok(logits instanceof Float32Array && layers[0].features instanceof Float32Array);
    assertClose(logits, expected.logits[i], 1e-6, "logits");
    assert.deepEqual(
      layers.map((layer) => layer.name),
      ["map", "vector"],
    );
    for (const layer of layers)
      assertClose(layer.features, expected[layer.name][i], 1e-6, layer.name);
  });
});

test("similarities by channel and by position equal NumPy's", async () => {
  for (const [name, { detector: file, samples }] of Object.entries(json("explained.json"))) {
    const detector = await Detector.load(Uint8Array.from(Buffer.from(file, "base64")));
    inputs.forEach((input, i) => {
      const { report, class: compared, layers } = detector.explain(input, { class: i % 3 });
      assert.deepEqual(compared, { index: i % 3, label: ["ant", "bee", "cat"][i % 3] });
      assert.equal(report.score, detector.score(input).score);
      samples[i].forEach(({ similarity, channels, map }, l) => {
        assert.deepEqual(
          [layers[l].name, layers[l].similarity],
          [report.layers[l].name, report.layers[l].similarities[i % 3]],
        );
        assertClose([layers[l].similarity], [similarity], 1e-5, name);
        assert.ok(layers[l].channels instanceof Float32Array);
        assertClose(layers[l].channels, channels, 1e-5, name);
        if (map.length === 0) {
          assert.equal(layers[l].map, null);
          return;
        }
        assert.deepEqual([layers[l].map.height, layers[l].map.width], [5, 4]);
        assert.ok(layers[l].map.values instanceof Float32Array);
        assertClose(layers[l].map.values, map, 1e-5, name);
      });
    });
    detector.dispose();
  }
});

test("an explanation is of the nearest class unless told otherwise", async () => {
  const detector = await tiny();
  const { report, class: compared } = detector.explain(inputs[0]);
  assert.deepEqual(compared, { index: report.nearest.index, label: report.nearest.label });
  const white = { data: new Uint8ClampedArray(80).fill(255), width: 4, height: 5 };
  const ones = detector.explain(new Float32Array(20).fill((1 - 0.5) / 0.25), { class: 2 });
  assert.deepEqual(detector.explain(white, { class: 2 }).layers, ones.layers);
  await assertCode(
    "unknown-class",
    () => detector.explain(inputs[0], { class: 3 }),
    "class 3 is out of range, the model has 3 classes (0 to 2)",
  );
  for (const index of [-1, 0.5, "1", null])
    await assertCode("unknown-class", () => detector.explain(inputs[0], { class: index }));
  await assertCode("input-length", () => detector.explain(inputs[0].subarray(1)));
  detector.dispose();
  await assertCode("disposed", () => detector.explain(inputs[0]));
});

test("the native scores and those of oodeel come out again", async () => {
  const left = (name) => readFileSync(new URL(`../target/tmp/${name}`, import.meta.url));
  const [golden, native] = [json("golden.json"), JSON.parse(left("golden-scores.json"))];
  const bytes = (name) => Uint8Array.from(Buffer.from(golden[name].base64, "base64"));
  const detector = await Detector.load(left("golden-detector.onnx"));
  const { scores } = await detector.scoreBatch(
    Float32Array.from(bytes("images"), (pixel) => Math.fround(pixel / 255)),
  );
  assertClose(scores, native, 1e-5, "native");
  assertClose(scores, [...new Float32Array(bytes("mini_scores").buffer)], 1e-5, "oodeel");
});

test("a batch gives typed arrays, the same values, and progress to its end", async () => {
  const detector = await tiny();
  const progress = [];
  const batch = await detector.scoreBatch(all, { onProgress: (step) => progress.push(step) });
  const reports = inputs.map((input) => detector.score(input));
  assert.ok(
    batch.scores instanceof Float32Array &&
      batch.isOod instanceof Uint8Array &&
      batch.predicted instanceof Uint32Array,
  );
  assert.deepEqual(
    [...batch.scores],
    reports.map((report) => report.score),
  );
  assert.deepEqual(
    [...batch.isOod],
    reports.map((report) => Number(report.isOod)),
  );
  assert.deepEqual(
    [...batch.nearest],
    reports.map((report) => report.nearest.index),
  );
  assert.deepEqual(
    [...batch.energy],
    reports.map((report) => report.baselines.energy),
  );
  assert.deepEqual(progress.at(-1), { done: 6, total: 6 });
  assert.equal((await detector.scoreBatch(new Float32Array(0))).scores.length, 0);
});

test("a batch stops when its signal says so", async () => {
  const detector = await tiny();
  const abort = new AbortController();
  let steps = 0;
  const batch = detector.scoreBatch(all, {
    signal: abort.signal,
    onProgress: () => {
      steps++;
      abort.abort(new Error("enough"));
    },
  });
  await assert.rejects(batch, /enough/);
  assert.equal(steps, 1);
  await assert.rejects(detector.scoreBatch(all, { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
});

test("a picture is preprocessed by the detector", async () => {
  const detector = await tiny();
  const [picture] = reference.pictures;
  const data = new Uint8ClampedArray(Buffer.from(picture.rgba, "base64"));
  const report = detector.score({ data, width: picture.width, height: picture.height });
  assert.ok(Number.isFinite(report.score) && report.timings.image > 0);
  const white = detector.features({
    data: new Uint8ClampedArray(80).fill(255),
    width: 4,
    height: 5,
  });
  const ones = detector.features(new Float32Array(20).fill((1 - 0.5) / 0.25));
  assert.deepEqual(white.logits, ones.logits);
});

test("a preview is the picture as the model sees it", async () => {
  const detector = await Detector.embedded();
  const data = new Uint8ClampedArray(4 * 64 * 48).fill(255);
  for (let y = 10; y < 40; y++) data.fill(20, 4 * (64 * y + 30), 4 * (64 * y + 34) - 1);
  const picture = { data, width: 64, height: 48 };
  const shown = await detector.preview(picture);
  assert.deepEqual([shown.width, shown.height, shown.data.length], [28, 28, 4 * 28 * 28]);
  assert.ok(shown.data instanceof Uint8ClampedArray);
  const gray = Float32Array.from({ length: 784 }, (_, i) => shown.data[4 * i] / 255);
  assert.deepEqual(detector.features(gray), detector.features(picture));
  assert.ok(shown.data.every((value, i) => value === (i % 4 < 3 ? shown.data[i & ~3] : 255)));
  await assert.rejects(detector.preview(picture, { signal: AbortSignal.abort() }), {
    name: "AbortError",
  });
  await assertCode("input-kind", () => detector.preview("digit.png"));
  await assertCode("image-size", () => detector.preview({ data, width: 9, height: 9 }));
  detector.dispose();
  await assertCode("disposed", () => detector.preview(picture));
});

test("toOnnx gives a graph for other runtimes, which is no detector", async () => {
  const detector = await tiny();
  const graph = Buffer.from(detector.toOnnx());
  assert.ok(graph.includes("ood_threshold") && !graph.includes("she.manifest"));
  const taps = Buffer.from(detector.toOnnx({ taps: true }));
  assert.ok(!taps.includes("ood_threshold"));
  assert.ok(Buffer.from(detector.toOnnx({ preprocess: true })).includes("pixels"));
  await assert.rejects(Detector.load(graph), /exported from a detector/);
  await assertCode("invalid-option", () => detector.toOnnx({ taps: 1 }));
  await assertCode("invalid-option", () => detector.toOnnx({ tap: true }));
});

test("toBytes gives a file that loads to the same detector", async () => {
  const detector = await Detector.embedded();
  const bytes = detector.toBytes();
  const again = await Detector.load(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength),
  );
  assert.deepEqual(again.info, detector.info);
  assert.deepEqual(again.toBytes(), bytes);
  assert.equal(
    again.score(new Float32Array(784)).score,
    detector.score(new Float32Array(784)).score,
  );
});

test("each damaged file gives the error that it is named for, and the rest goes on", async () => {
  const detector = await tiny();
  const { score } = detector.score(inputs[0]);
  for (const [name, file] of Object.entries(json("malformed.json"))) {
    await assertCode(name.split(":")[0], () => Detector.load(Buffer.from(file, "base64")));
    assert.equal(detector.score(inputs[0]).score, score, name);
  }
});

test("bad input says what was given and what is allowed, and the detector goes on", async () => {
  const detector = await tiny();
  const { score } = detector.score(inputs[0]);
  const holed = Float32Array.from(all);
  holed[47] = NaN;
  await assertCode(
    "input-length",
    () => detector.score(new Float32Array(7)),
    "the input has 7 values, expected 20 for shape [1, 5, 4]",
  );
  await assertCode(
    "not-finite",
    () => detector.score(holed.subarray(40, 60)),
    "NaN at index 7 of the input, only finite numbers are allowed",
  );
  await assertCode(
    "not-finite",
    () => detector.scoreBatch(holed),
    "NaN at index 47 of the batch, only finite numbers are allowed",
  );
  const gone = Float32Array.from(all);
  structuredClone(gone, { transfer: [gone.buffer] });
  await assertCode("input-kind", () => detector.scoreBatch(gone), /the batch cannot be read/);
  await assertCode(
    "input-length",
    () => detector.scoreBatch(new Float32Array(30)),
    "the batch has 30 values, expected a multiple of 20 for shape [1, 5, 4]",
  );
  await assertCode(
    "input-kind",
    () => detector.score([1, 2, 3]),
    "a sample is a Float32Array, { data, width, height } as of an ImageData, an image, canvas, " +
      "video, ImageBitmap, VideoFrame or Blob, not Array",
  );
  await assertCode("input-kind", () => detector.score(null), /^a sample is .*, not null$/);
  await assertCode(
    "input-kind",
    () => detector.scoreBatch(undefined),
    "a batch is a Float32Array of samples laid end to end, not undefined",
  );
  await assertCode(
    "input-kind",
    () => new Detector(),
    "new Detector() is not for callers: use a static method, such as Detector.load()",
  );
  await assertCode(
    "load-failed",
    () => Detector.load("model.onnx"),
    'the detector: "model.onnx" is not a full address, and there is no page to resolve it ' +
      'against: give bytes, or new URL("./file", import.meta.url)',
  );
  await assertCode("load-failed", () => Detector.load(new URL("nowhere.onnx", import.meta.url)));
  await assertCode(
    "input-kind",
    () => Detector.load(7),
    "the detector is loaded from a URL, an ArrayBuffer, a Uint8Array, a Blob or a Response, " +
      "not from Number",
  );
  await assertCode(
    "input-kind",
    () => detector.score(new Blob(["no picture"])),
    "a Blob must be decoded first: give await decode(file)",
  );
  await assertCode(
    "input-kind",
    () => decode(new Blob(["no picture"])),
    "pictures cannot be decoded here: give { data, width, height }",
  );
  await assertCode("input-kind", () => decode("file"), "decode takes a Blob or File, not String");
  await assertCode("image-size", () =>
    detector.score({ data: new Uint8Array(10), width: 2, height: 2 }),
  );
  for (const width of [2.5, -1, "2", NaN, 2 ** 32 + 2]) {
    await assertCode("image-size", () =>
      detector.score({ data: new Uint8Array(16), width, height: 2 }),
    );
  }
  assert.equal(detector.score(inputs[0]).score, score);
});

test("a disposed detector says so and disposing twice is harmless", async () => {
  const detector = await tiny();
  const batch = detector.scoreBatch(all);
  detector.dispose();
  detector[Symbol.dispose]();
  await assertCode("disposed", () => batch);
  await assertCode(
    "disposed",
    () => detector.score(inputs[0]),
    "this object was disposed: load or create another to go on",
  );
  await assertCode("disposed", () => detector.toBytes());
  assert.deepEqual(detector.info.inputShape, [1, 5, 4]);
});

test("a detector is loaded from every kind of source", async () => {
  const file = read("tiny.onnx");
  const url = new URL("data/tiny.onnx", import.meta.url);
  for (const source of [
    file,
    file.buffer.slice(file.byteOffset, file.byteOffset + file.length),
    url,
    url.href,
    new Blob([file]),
    new Response(file),
  ]) {
    const detector = await Detector.load(source);
    assert.equal(detector.score(inputs[0]).score, (await tiny()).score(inputs[0]).score);
  }
  await assertCode(
    "load-failed",
    () => Detector.load(new Response("gone", { status: 404, statusText: "Not Found" })),
    "the detector: the server says 404 Not Found",
  );
  const page = new Response("<!doctype html>", {
    headers: { "content-type": "text/html; charset=utf-8" },
  });
  await assertCode(
    "load-failed",
    () => Detector.load(page),
    "the detector: the server sent a page (text/html) instead of the file: is the address right?",
  );
});

test("loading tells its phases and bytes", async () => {
  const file = read("tiny.onnx");
  const steps = [];
  const parts = new Response(new Blob([file]).stream(), {
    headers: { "content-length": String(file.length) },
  });
  await Detector.load(parts, { onProgress: (step) => steps.push(step) });
  assert.deepEqual(
    steps.filter(({ phase }) => phase === "model"),
    [
      { phase: "model", loaded: 0 },
      { phase: "model", loaded: file.length, total: file.length },
    ],
  );
  // The WebAssembly and the file come side by side.
  assert.deepEqual([...new Set(steps.map(({ phase }) => phase))].sort(), [
    "compile",
    "model",
    "ready",
    "wasm",
  ]);
  assert.deepEqual(
    steps.slice(-2).map(({ phase }) => phase),
    ["compile", "ready"],
  );
});

test("a file that is not the one of its hash is refused", async () => {
  const file = read("tiny.onnx");
  const integrity = `sha256-${createHash("sha256").update(file).digest("base64")}`;
  assert.equal((await Detector.load(file, { integrity })).info.labels.length, 3);
  const message = `the detector is not the file whose SHA-256 is ${integrity}`;
  await assertCode(
    "load-failed",
    () => Detector.load(read("overflow.onnx"), { integrity }),
    message,
  );
});

test("of several hashes the strongest counts, whatever their order", async () => {
  const file = read("tiny.onnx");
  const hash = (algorithm, bytes = file) =>
    `${algorithm}-${createHash(algorithm).update(bytes).digest("base64")}`;
  const other = read("overflow.onnx");
  for (const integrity of [
    hash("sha384"),
    hash("sha512"),
    `${hash("sha256", other)} ${hash("sha384")}`,
    `${hash("sha512", other)}\n${hash("sha512")}?ct=onnx`,
    hash("sha256").replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  ]) {
    assert.equal((await Detector.load(file, { integrity })).info.labels.length, 3, integrity);
  }
  await assertCode(
    "load-failed",
    () => Detector.load(file, { integrity: `${hash("sha256")} ${hash("sha384", other)}` }),
    /^the detector is not the file whose SHA-384 is sha256-/,
  );
  for (const integrity of ["", "md5-abc", "sha256", 7])
    await assertCode(
      "invalid-option",
      () => Detector.load(file, { integrity }),
      /^integrity is .*, allowed: sha256-, sha384- or sha512- /,
    );
});

test("loading stops when its signal says so, at once and without harm to others", async () => {
  const reason = new Error("enough");
  await assert.rejects(tinyWith({ signal: AbortSignal.abort(reason) }), reason);
  const abort = new AbortController();
  // A body that never ends.
  const loading = Detector.load(new Response(new ReadableStream()), { signal: abort.signal });
  abort.abort(reason);
  await assert.rejects(loading, reason);
  const late = new AbortController();
  await assert.rejects(
    tinyWith({
      signal: late.signal,
      onProgress: ({ phase }) => phase === "compile" && late.abort(reason),
    }),
    reason,
  );
  const script = `
    const abort = new AbortController();
    const first = Detector.embedded({ signal: abort.signal }).catch((error) => error.message);
    const second = Detector.embedded();
    abort.abort(new Error("enough"));
    console.log(await first, (await second).info.labels.length, started);`;
  assert.equal(inFreshProcess(script), "enough 5 1");
  const alone = `
    const abort = new AbortController();
    const first = Detector.embedded({ signal: abort.signal }).catch((error) => error.message);
    abort.abort(new Error("enough"));
    console.log(await first, (await Detector.embedded()).info.labels.length);`;
  assert.equal(inFreshProcess(alone), "enough 5");
});

/** The mini fit's samples: pixels, values as the model takes them, labels. */
function mini() {
  const golden = json("golden.json");
  const bytes = (name) => Uint8Array.from(Buffer.from(golden[name].base64, "base64"));
  const pixels = bytes("mini_images");
  return {
    pixels,
    values: Float32Array.from(pixels, (pixel) => Math.fround(pixel / 255)),
    labels: bytes("mini_labels"),
  };
}

const MLP = {
  layers: ["sequential/dense/Relu:0", "sequential/dense_1/Relu:0"],
  similarity: "cosine",
  preprocess: {},
  holdOut: 0.2,
};
const fitter = (options) => Fitter.create(read("mnist_mlp_0-4.onnx"), { ...MLP, ...options });

/** The numbers in a detector file: its patterns, its calibration scores, and its sets' odds. */
function blocks(file) {
  const text = Buffer.from(file).toString("latin1");
  return ["she.patterns", "she.calibration", "she.sets"].map((key) => {
    // Behind the key: a tag, the length seven bits at a time, the value.
    let [at, length, shift, byte] = [text.lastIndexOf(key) + key.length + 1, 0, 0, 128];
    for (; byte & 128; shift += 7) {
      byte = file[at++];
      length |= (byte & 127) << shift;
    }
    const bytes = Uint8Array.from(Buffer.from(text.slice(at, at + length), "base64"));
    return new Float32Array(bytes.buffer);
  });
}

test("a fit gives the detector of the command line", async () => {
  const { pixels, values, labels } = mini();
  const folder = mkdtempSync(join(tmpdir(), "she-ood-"));
  try {
    const idx = (name, dims, data) => {
      const header = Buffer.alloc(4 + 4 * dims.length);
      header.set([0, 0, 8, dims.length]);
      for (const [i, dim] of dims.entries()) header.writeUInt32BE(dim, 4 + 4 * i);
      writeFileSync(join(folder, name), Buffer.concat([header, data]));
    };
    idx("images", [300, 28, 28], pixels);
    idx("labels", [300], labels);
    const program = fileURLToPath(new URL("../target/debug/she-ood", import.meta.url));
    const model = fileURLToPath(new URL("data/mnist_mlp_0-4.onnx", import.meta.url));
    const layers = MLP.layers.flatMap((layer) => ["--layer", layer]);
    const args = [
      "fit",
      model,
      ...layers,
      "--similarity",
      "cosine",
      "--data",
      "images:labels",
      "--hold-out",
      "0.2",
      "-o",
      "fitted.onnx",
    ];
    execFileSync(program, args, { cwd: folder, stdio: "ignore" });
    const native = await Detector.load(readFileSync(join(folder, "fitted.onnx")));
    const steps = [];
    const ours = await fitter();
    await ours.pushBatch(values, labels, { onProgress: (step) => steps.push(step) });
    assert.deepEqual(steps.at(-1), { done: 300, total: 300 });
    assert.equal(ours.counts.fit + ours.counts.calibration, 300);
    const detector = await ours.finish();
    const { threshold, aggregator, ...same } = native.info;
    const { threshold: found, aggregator: joined, ...info } = detector.info;
    assert.deepEqual(info, same);
    assertClose(
      [found, ...joined.stds],
      [threshold, ...aggregator.stds],
      1e-6,
      "threshold and deviations",
    );
    const again = await Detector.load(detector.toBytes());
    assertClose(
      (await again.scoreBatch(values)).scores,
      [...(await native.scoreBatch(values)).scores],
      1e-5,
      "scores",
    );
    const [made, expected] = [blocks(detector.toBytes()), blocks(native.toBytes())];
    assert.deepEqual(
      made.map(({ length }) => length),
      expected.map(({ length }) => length),
    );
    assert.ok(made.every((block) => block.length > 50));
    const relative = (block, i) =>
      [...block].map((value, j) => value / Math.max(1, Math.abs(expected[i][j])));
    assert.deepEqual([...detector.calibration()], [...made[1]]);
    assert.ok(detector.calibration().length === detector.info.calibrationSize);
    made.forEach((block, i) => {
      // Odds are differences of logits, as the engine computes them.
      const tolerance = i === 2 ? 1e-5 : 1e-6;
      assertClose(relative(block, i), relative(expected[i], i), tolerance, `block ${i}`);
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a fit runs its samples in batches of the model, which cost as much half full", async () => {
  const { values, labels } = mini();
  const done = [];
  const ours = await fitter();
  await ours.pushBatch(values, labels, { onProgress: (step) => done.push(step.done) });
  const sizes = done.map((end, i) => end - (done[i - 1] ?? 0));
  assert.ok(sizes.slice(0, -1).every((size) => size % 64 === 0) && sizes[0] === 64, `${sizes}`);
});

test("a fit and its file say what is strange, and p-values agree with decisions", async () => {
  const { values, labels } = mini();
  const codes = async (idPassRate, holdOut, wrong = 0) => {
    const ours = await fitter({ holdOut });
    await ours.pushBatch(
      values,
      labels.map((label, i) => (i % 2 ? label : label + wrong)),
    );
    const { info } = await ours.finish({ idPassRate });
    assert.deepEqual(
      (await Detector.load((await ours.finish({ idPassRate })).toBytes())).info.warnings,
      info.warnings,
    );
    return Object.fromEntries(info.warnings.map(({ code, message }) => [code, message]));
  };
  assert.deepEqual(Object.keys(await codes(0.95, 0.2)), ["no-samples"]);
  assert.match((await codes(0.95, 0.2))["no-samples"], /no pattern: 5, 6, 7, 8, 9$/);
  const tooFew = (await codes(0.999, 0.2))["no-threshold"];
  const nothing = "nothing will be flagged, as 60 calibration samples are too few";
  assert.match(tooFew, new RegExp(`^${nothing} to promise a pass rate of 0.999`));
  assert.match(
    (await codes(0.95, 0.2, 1))["few-correct"],
    /^only [45]\d\.\d\d % of the samples are classified correctly/,
  );
  // As many held-out samples as the rate needs at least: its p-values fall on the very level.
  for (const [idPassRate, count] of [
    [0.9, 9],
    [0.8, 4],
    [0.95, 19],
  ]) {
    const ours = await fitter({ layers: MLP.layers.slice(0, 1), holdOut: count / 60 });
    await ours.pushBatch(values.subarray(0, 60 * 784), labels.subarray(0, 60));
    const detector = await ours.finish({ idPassRate });
    assert.equal(detector.info.calibrationSize, count);
    const { scores, isOod, pValues } = await detector.scoreBatch(values);
    assert.ok(isOod.includes(1) && isOod.includes(0), `${idPassRate}: some are flagged`);
    scores.forEach((_, i) => {
      assert.equal(isOod[i] === 1, pValues[i] <= 1 - idPassRate, `${idPassRate}: ${pValues[i]}`);
    });
  }
});

test("a fit with labels has prediction sets and three verdicts", async () => {
  const { values, labels } = mini();
  for (const [idPassRate, classConditional] of [
    [0.95, false],
    [0.6, false],
    [0.6, true],
    [0.999, false],
  ]) {
    const ours = await fitter({ holdOut: 0.2, classConditional });
    await ours.pushBatch(values, labels);
    const made = await ours.finish({ idPassRate });
    const detector = await Detector.load(made.toBytes());
    const { sets, warnings } = detector.info;
    assert.deepEqual(sets, { level: idPassRate, byClass: classConditional, size: 60 });
    const codes = warnings.map(({ code }) => code);
    assert.equal(codes.includes("no-sets"), idPassRate === 0.999);
    const { verdicts, setSizes, setClasses } = await detector.scoreBatch(values);
    let end = 0;
    for (let i = 0; i < 300; i++) {
      const report = detector.score(values.subarray(i * 784, (i + 1) * 784));
      const { verdict, set, isOod, predicted } = report;
      assert.deepEqual([...setClasses.subarray(end, end + setSizes[i])], set);
      end += setSizes[i];
      assert.equal(["known", "unsure", "unknown"][verdicts[i]], verdict);
      assert.equal(verdict, isOod ? "unknown" : set.length === 1 ? "known" : "unsure");
      assert.ok(set.length === 0 || set[0] === predicted.index);
      if (!classConditional) assert.deepEqual(set, setByDefinition(report, made, idPassRate));
    }
    assert.equal(end, setClasses.length);
  }
});

/** Classes whose odds are not above the quantile of those in the file, the most probable first. */
function setByDefinition({ probabilities }, detector, level) {
  const odds = blocks(detector.toBytes())[2];
  const limit = odds[Math.ceil((odds.length + 1) * level - 1e-9) - 1] ?? Infinity;
  return probabilities
    .map((p, index) => ({ p, index }))
    .filter(({ index }) => {
      const others = probabilities.reduce((sum, p, other) => sum + (other === index ? 0 : p), 0);
      return Math.log(others / probabilities[index]) <= limit + 1e-6;
    })
    .toSorted((a, b) => b.p - a.p)
    .map(({ index }) => index);
}

test("detectors without labels have no sets and two verdicts", async () => {
  const detector = await tiny();
  const { verdicts, setSizes, setClasses, isOod } = await detector.scoreBatch(all);
  assert.deepEqual([setSizes.length, setClasses.length], [0, 0]);
  assert.deepEqual(
    [...verdicts],
    Array.from(isOod, (flagged) => 2 * flagged),
  );
  for (const input of inputs) {
    const { verdict, set, isOod } = detector.score(input);
    assert.deepEqual([verdict, set], [isOod ? "unknown" : "known", null]);
  }
});

test("as many samples are held out as the counts say, whatever the share", async () => {
  const { values } = mini();
  const each = (labels, samples) => Array.from({ length: labels * samples }, (_, i) => i % labels);
  for (const [labels, holdOut, expected] of [
    [each(3, 9), 0.1, 3],
    [each(10, 19), 0.1, 19],
    [each(1, 100), 0.29, 29],
    [each(1, 100), 0.57, 57],
    [each(10, 2), 0.9, 10],
    [[...each(1, 50), ...each(10, 1)], 0.13, 7],
    [each(7, 5), 1e-7, 0],
  ]) {
    const ours = await fitter({ holdOut });
    await ours.pushBatch(values.subarray(0, labels.length * 784), labels);
    assert.deepEqual(
      ours.counts,
      { fit: labels.length - expected, calibration: expected },
      `${holdOut} of ${labels.length}`,
    );
    assert.equal((await ours.finish({ idPassRate: 0.5 })).info.calibrationSize, expected);
    ours.dispose();
  }
});

test("pictures, pieces and merged parts make the same fit", async () => {
  const { pixels, values, labels } = mini();
  const pictures = Array.from({ length: 20 }, (_, i) => {
    const gray = pixels.subarray(i * 784, (i + 1) * 784);
    return Uint8Array.from({ length: 4 * 784 }, (_, j) => (j % 4 === 3 ? 255 : gray[j >> 2]));
  });
  const pushPictures = async (fitter) => {
    for (const [i, data] of pictures.entries())
      await fitter.push({ data, width: 28, height: 28 }, labels[i]);
  };
  const pushRest = (fitter) => fitter.pushBatch(values.subarray(20 * 784), labels.subarray(20));
  const fitters = await Promise.all([1, 2, 3, 4].map(() => fitter({ holdOut: 0 })));
  const [whole, mixed, part, rest] = fitters;
  await whole.pushBatch(values, labels);
  await pushPictures(mixed);
  await pushRest(mixed);
  await pushPictures(part);
  await pushRest(rest);
  part.merge(rest);
  assert.deepEqual(rest.counts, { fit: 0, calibration: 0 });
  const file = async (fitter) => (await fitter.finish({ idPassRate: 0.9 })).toBytes();
  const expected = await file(whole);
  assert.deepEqual(await file(mixed), expected);
  // The parts of a merged fit put their own samples aside, so it is tried on others.
  const untried = (file) => {
    const text = Buffer.from(file).toString("latin1");
    const [before, trial, after] = text.split(/("trial":\{"samples":\d+,"strangers":\[[^\]]+\]\})/);
    assert.match(trial, /"kind":"zoomed"/);
    return before + after;
  };
  assert.equal(untried(await file(part)), untried(expected));
});

test("what a fit cannot use is refused, and it goes on", async () => {
  const { values, labels } = mini();
  const ours = await fitter();
  await assertCode(
    "unknown-class",
    () => ours.pushBatch(values.subarray(0, 784), [10]),
    "class 10 is out of range, the model has 10 classes (0 to 9)",
  );
  await assertCode("unknown-class", () => ours.pushBatch(values.subarray(0, 784), [0.5]));
  await assertCode("unknown-class", () => ours.pushBatch(values.subarray(0, 784)));
  await assertCode(
    "invalid-option",
    () => ours.pushBatch(values, [1, 2]),
    "2 classes for 235200 values, expected one for each 784 of shape [28, 28, 1]",
  );
  await assertCode("input-kind", () => ours.push("picture", 1));
  await assertCode("input-kind", () => ours.pushBatch("picture", [1]));
  await assertCode("input-kind", () => ours.merge(ours));
  await assertCode(
    "fit",
    async () => ours.merge(await fitter({ similarity: "inner" })),
    "cannot fit: only fits of one model with the same options can be merged",
  );
  const abort = new AbortController();
  const pushed = ours.pushBatch(values, labels, {
    signal: abort.signal,
    onProgress: () => abort.abort(new Error("enough")),
  });
  await assert.rejects(pushed, /enough/);
  // The first batch.
  assert.deepEqual(ours.counts, { fit: 51, calibration: 13 });
  await assertCode("invalid-option", () => ours.finish({ idPassRate: 2 }));
  await ours.pushBatch(values, labels);
  assert.deepEqual((await ours.finish()).info.layers, (await ours.finish()).info.layers);
  ours.dispose();
  ours[Symbol.dispose]();
  await assertCode("disposed", () => ours.finish());
  await assertCode("disposed", () => ours.pushBatch(values, labels));
  await assertCode(
    "invalid-option",
    () => fitter({ layer: "dense" }),
    /^there is no option layer, allowed: layers, logits, inputShape, preprocess, labels, /,
  );
  await assertCode("invalid-option", () => fitter({ preset: "magic" }));
  await assertCode(
    "invalid-option",
    () => fitter({ similarity: "telepathy" }),
    /unknown variant `telepathy`, expected one of `inner`/,
  );
  await assertCode("invalid-option", () => fitter({ holdOut: 1 }), /share to hold out/);
  await assertCode(
    "invalid-option",
    () => fitter({ minCount: 0 }),
    /fewest samples of a pattern is 0, allowed: a number from 1/,
  );
  await assertCode("unknown-layer", () => fitter({ layers: ["nowhere"] }));
  await assertCode(
    "invalid-option",
    () => fitter({ labels: ["one"] }),
    /^the number of labels is 1, and the model has \d+ outputs, allowed: one label for each output/,
  );
  assert.ok(
    (await Model.load(read("mnist_mlp_0-4.onnx"))).layers.some(
      ({ name, op, shape }) => name === MLP.layers[1] && op === "Relu" && shape[0] === 150,
    ),
  );
});

test("wrong options of a fit are named, and none becomes the default", async () => {
  const wrong = {
    holdOut: [NaN, Infinity, "0.1", null, 5n, [0.1], () => 0.1],
    react: [NaN, -Infinity, "0.9", null, {}],
    minCount: [NaN, Infinity, 1.5, -1, "2", null, 2 ** 32, 2n, []],
    store: [NaN, Infinity, 2.5, -3, null, 2 ** 32],
    classConditional: [null, NaN, {}],
    preset: [null, NaN, {}],
    aggregator: [null],
    similarity: [null, NaN],
    "similarity.hopfield.beta": [NaN, Infinity, "1", null, 1e39],
    // biome-ignore lint/suspicious/noSparseArray: a hole is no number either
    "preprocess.mean": [NaN, "0.5", null, 1e39, [NaN], [null], ["0.5"], Float32Array.of(NaN), [,]],
    "preprocess.std": [Infinity, "1", null, [Infinity]],
    layers: ["dense", null, [7], 5],
    labels: ["ant", null, [0, 1]],
    logits: [7, null, ["z"]],
    inputShape: ["3,224,224", null, 5, ["3"], [0.5], [-1]],
  };
  for (const [path, values] of Object.entries(wrong)) {
    for (const value of values) {
      const options = path.split(".").reduceRight((value, name) => ({ [name]: value }), value);
      await assertCode(
        "invalid-option",
        () => fitter(options),
        new RegExp(`^${path}(\\[0\\])? is .*, allowed: `),
      );
    }
  }
  const ours = await fitter({ holdOut: undefined, react: undefined, preset: undefined });
  const { values, labels } = mini();
  await ours.pushBatch(values, labels);
  assert.deepEqual(ours.counts, { fit: 270, calibration: 30 }, "a tenth is held out by default");
  for (const idPassRate of [NaN, Infinity, "0.9", null])
    await assertCode(
      "invalid-option",
      () => ours.finish({ idPassRate }),
      /is (NaN|Infinity|"0.9"|null|inf), allowed: /,
    );
  assert.deepEqual((await Fitter.create(read("tiny.onnx"))).inputShape, [1, 5, 4]);
  // Ranges are WebAssembly's own affair.
  for (const options of [
    { store: 0 },
    { react: 1.5 },
    { holdOut: -0.1 },
    { preprocess: { std: 0 } },
    { similarity: { hopfield: { beta: -1 } } },
  ]) {
    await assert.rejects(
      fitter(options),
      (error) =>
        error instanceof SheError &&
        ["invalid-option", "invalid-detector", "fit"].includes(error.code),
    );
  }
});

test("mean and std are an array of any kind, or one number for all channels", async () => {
  const { values, labels } = mini();
  const files = [];
  for (const [mean, std] of [
    [[0.5], [0.25]],
    [Float32Array.of(0.5), Float64Array.of(0.25)],
    [0.5, 0.25],
  ]) {
    const ours = await fitter({ preprocess: { mean, std } });
    await ours.pushBatch(values, labels);
    files.push(await (await ours.finish()).toBytes());
  }
  assert.deepEqual(files[1], files[0]);
  assert.deepEqual(files[2], files[0]);
  const { preprocess } = (await Detector.load(files[2])).info;
  assert.deepEqual([preprocess.mean, preprocess.std], [[0.5], [0.25]]);
});

test("the preprocessing of a model or of a detector serves a fit of that size", async () => {
  const { values, labels } = mini();
  const detector = async (preprocess) => {
    const ours = await fitter({ preprocess });
    await ours.pushBatch(values, labels);
    return ours.finish();
  };
  const framed = { mean: 0.5, std: 0.25, framing: "letterbox", fill: [9, 8, 7] };
  for (const given of [
    (await fitter({})).usualPreprocess,
    (await detector(framed)).info.preprocess,
  ]) {
    assert.deepEqual((await detector(given)).info.preprocess, given);
    const model = await Model.load(read("mnist_mlp_0-4.onnx"), { preprocess: given });
    model.dispose();
  }
  await assertCode(
    "invalid-option",
    () => fitter({ preprocess: { width: 9 } }),
    /size of the preprocessing is 9 x 28, the model takes 28 x 28/,
  );
});

test("labels are 64-bit integers too, as ONNX tools give them", async () => {
  const { values, labels } = mini();
  const [plain, long] = [await fitter(), await fitter()];
  await plain.pushBatch(values, labels);
  await long.pushBatch(values, BigInt64Array.from(labels, BigInt));
  assert.deepEqual((await long.finish()).toBytes(), (await plain.finish()).toBytes());
  const picture = { data: new Uint8Array(3136), width: 28, height: 28 };
  await long.push(picture, 3n);
  for (const label of [-1n, 2n ** 40n, 2n ** 1100n])
    await assertCode("unknown-class", () => long.push(picture, label), /not -?\d+$/);
});

test("null in place of options is none, and what is no options is named", async () => {
  const detector = await tiny();
  const { values, labels } = mini();
  const ours = await fitter();
  await ours.pushBatch(values, labels, null);
  const calls = (options) => [
    () => Detector.embedded(options),
    () => tinyWith(options),
    () => detector.explain(inputs[0], options),
    () => detector.scoreBatch(all, options),
    () => ours.pushBatch(values, labels, options),
    () => ours.finish(options),
    () => Model.load(read("tiny.onnx"), options),
    () => init(readFileSync(new URL("../pkg/she_ood_bg.wasm", import.meta.url)), options),
  ];
  for (const call of calls(null)) await call();
  for (const call of calls(7))
    await assertCode(
      "invalid-option",
      call,
      "options are an object such as { signal }, not Number",
    );
  await Fitter.create(read("tiny.onnx"), null);
  const nothing = { onProgress: null, signal: null, cache: null, integrity: null, limits: null };
  assert.equal((await tinyWith(nothing)).info.labels.length, 3);
  assert.equal(
    (await detector.scoreBatch(all, { onProgress: null, signal: null })).scores.length,
    6,
  );
  await assertCode(
    "invalid-option",
    () => tinyWith({ signal: {} }),
    "signal is Object, allowed: an AbortSignal",
  );
  await assertCode(
    "invalid-option",
    () => tinyWith({ onProgress: "bar" }),
    'onProgress is "bar", allowed: a function',
  );
  await assertCode("input-kind", () => detector.score(Object.create(null)));
  await assertCode("unknown-class", () => detector.explain(inputs[0], { class: Symbol("one") }));
});

test("what is too large for WebAssembly is refused with its numbers", async () => {
  const detector = await tiny();
  const { score } = detector.score(inputs[0]);
  const huge = { data: new Uint8ClampedArray(2 ** 31), width: 2 ** 15, height: 2 ** 14 };
  await assertCode(
    "image-size",
    () => detector.score(huge),
    "the image of 32768 x 16384 pixels has 2147483648 bytes, at most 1073741824 are allowed: " +
      "make it smaller first",
  );
  for (const call of ["score", "explain", "features"]) {
    await assertCode(
      "input-length",
      () => detector[call](new Float32Array(2 ** 29)),
      "the input has 536870912 values, expected 20 for shape [1, 5, 4]",
    );
  }
  assert.equal(detector.score(inputs[0]).score, score);
});

/** The value of an expression in another realm, which has classes of its own. */
const elsewhere = (make) => vm.runInNewContext(make, { bytes: new Uint8Array(read("tiny.onnx")) });

test("values of another realm are taken as those of this one", async () => {
  const detector = await tiny();
  const { score } = detector.score(inputs[0]);
  const foreign = elsewhere(`new Float32Array(${JSON.stringify([...inputs[0]])})`);
  assert.ok(!(foreign instanceof Float32Array));
  assert.equal(detector.score(foreign).score, score);
  assert.deepEqual(detector.features(foreign), detector.features(inputs[0]));
  assert.equal((await detector.scoreBatch(foreign)).scores[0], score);
  for (const type of ["Uint8Array", "Uint8ClampedArray"]) {
    const white = detector.score({ data: new Uint8Array(80).fill(255), width: 4, height: 5 }).score;
    assert.equal(
      detector.score(elsewhere(`({ data: new ${type}(80).fill(255), width: 4, height: 5 })`)).score,
      white,
    );
  }
  for (const source of [
    "Uint8Array.from(bytes)",
    "Uint8Array.from(bytes).buffer",
    `(() => {
      const shared = new SharedArrayBuffer(bytes.length);
      new Uint8Array(shared).set(bytes);
      return shared;
    })()`,
  ]) {
    assert.equal((await Detector.load(elsewhere(source))).score(inputs[0]).score, score, source);
  }
  await assertCode(
    "input-kind",
    () => detector.score(elsewhere("new Float64Array(20)")),
    /, not Float64Array$/,
  );
  const ours = await fitter(elsewhere("({ layers: ['sequential/dense/Relu:0'] })"));
  await ours.pushBatch(
    mini().values,
    elsewhere(`new Uint8Array(${JSON.stringify([...mini().labels])})`),
  );
  assert.deepEqual(ours.counts, { fit: 240, calibration: 60 });
});

test("errors of another copy of the package are SheErrors, and others are not", () => {
  const other = elsewhere(
    "class SheError extends Error { name = 'SheError'; code = 'fit' }; new SheError('elsewhere')",
  );
  assert.ok(other instanceof SheError);
  class Own extends SheError {}
  const like = { name: "SheError", code: "fit" };
  assert.deepEqual(
    [
      new Own("fit", "") instanceof SheError,
      new Own("fit", "") instanceof Own,
      other instanceof Own,
      like instanceof SheError,
      null instanceof SheError,
    ],
    [true, true, false, false, false],
  );
});

test("an answer that no script may read, or that was read before, is named", async () => {
  const opaque = Object.defineProperties(new Response(null), {
    type: { value: "opaque" },
    status: { value: 0 },
    ok: { value: false },
  });
  await assertCode(
    "load-failed",
    () => Detector.load(opaque),
    /^the detector: the response is opaque, so no script may read it: fetch without mode "no-cors"/,
  );
  const used = new Response(read("tiny.onnx"));
  await used.arrayBuffer();
  await assertCode(
    "load-failed",
    () => Detector.load(used),
    "the detector: the response has been read already: give its clone()",
  );
  const words = new Response(
    new ReadableStream({
      start: (controller) => {
        controller.enqueue("words");
        controller.close();
      },
    }),
  );
  await assertCode("load-failed", () => Detector.load(words), /the body holds String, not bytes/);
});

test("progress never goes beyond its total", async () => {
  const file = read("tiny.onnx");
  const steps = async (headers, type) => {
    const steps = [];
    const response = new Response(new Blob([file]).stream(), { headers });
    if (type) Object.defineProperty(response, "type", { value: type });
    await Detector.load(response, {
      onProgress: ({ phase, loaded, total }) =>
        phase === "model" && loaded && steps.push([loaded, total]),
    });
    return steps.at(-1);
  };
  const length = (bytes) => ({ "content-length": String(bytes) });
  assert.deepEqual(await steps(length(file.length)), [file.length, file.length]);
  // Compressed on the way, said or not.
  assert.deepEqual(await steps({ ...length(1000), "content-encoding": "gzip" }), [
    file.length,
    undefined,
  ]);
  assert.deepEqual(await steps(length(1000)), [file.length, undefined]);
  assert.deepEqual(await steps(length(file.length), "cors"), [file.length, undefined]);
  assert.deepEqual(
    await steps({ ...length(file.length), "content-encoding": "identity" }, "cors"),
    [file.length, file.length],
  );
  assert.deepEqual(await steps({ "content-length": "many" }), [file.length, undefined]);
});

test("where a global is missing, another way is taken or the error says what to do", () => {
  const without = (names, script) =>
    inFreshProcess(`
    for (const name of ${JSON.stringify(names)}) delete globalThis[name];
    const said = (promise) =>
      promise.then(() => "done", ({ code, message }) => code + ": " + message);
    ${script}`);
  assert.equal(
    without(
      [
        "MessageChannel",
        "Request",
        "Response",
        "ReadableStream",
        "TransformStream",
        "structuredClone",
      ],
      `console.log(await said(Detector.embedded()))`,
    ),
    "done",
  );
  assert.match(
    without(["fetch"], `console.log(await said(Detector.load("https://example.test/x.onnx")))`),
    /^load-failed: the detector: there is no fetch here: give its bytes/,
  );
  assert.match(
    without(["WebAssembly"], `console.log(await said(Detector.embedded()))`),
    /^load-failed: there is no WebAssembly here/,
  );
  assert.match(
    without(["TextDecoder"], `console.log(await said(Detector.embedded()))`),
    /^load-failed: there is no TextDecoder or TextEncoder here: set both on globalThis/,
  );
  assert.match(
    without(
      ["crypto"],
      `console.log(await said(Detector.load(new Uint8Array(8), { integrity: "sha256-abc" })))`,
    ),
    /^load-failed: integrity needs crypto/,
  );
  const inline = `
    delete globalThis.DecompressionStream;
    const { Detector } = await import("she-ood/inline");
    console.log(await Detector.embedded().catch(({ message }) => message));`;
  const said = execFileSync("node", ["--input-type=module", "--eval", inline], {
    cwd: fileURLToPath(new URL("..", import.meta.url)),
    encoding: "utf8",
  });
  assert.match(
    said,
    /^there is no DecompressionStream or Response here, .*: import "she-ood", or "she-ood\/slim"/,
  );
});

test("figures equal scikit-learn's", async () => {
  await tiny();
  for (const { name, id, ood, expected } of json("metrics.json").filter(({ id }) => id)) {
    const found = await metrics.evaluate(id, ood);
    for (const figure of [
      "auroc",
      "auprIn",
      "auprOut",
      "fprIdAtTpr95Ood",
      "fprOodAtTpr95Id",
      "detectionAccuracy",
    ]) {
      assertClose([found[figure]], [expected[figure]], 1e-9, `${name}: ${figure}`);
    }
    if (expected.aurocInterval)
      assertClose(found.aurocInterval, expected.aurocInterval, 1e-9, `${name}: interval`);
    const { thresholds, fpr, tpr } = found.roc;
    assert.deepEqual(
      [thresholds[0], fpr[0], tpr[0], fpr.at(-1), tpr.at(-1)],
      [Infinity, 0, 0, 1, 1],
    );
    const area = fpr.reduce(
      (sum, x, i) => (i === 0 ? 0 : sum + ((x - fpr[i - 1]) * (tpr[i] + tpr[i - 1])) / 2),
      0,
    );
    assertClose([area], [expected.auroc], 1e-9, `${name}: area`);
  }
  await assertCode("invalid-option", () => metrics.evaluate([], [1]));
  await assertCode(
    "not-finite",
    () => metrics.evaluate([1, NaN], [1]),
    /NaN at index 1 of the list of ID scores/,
  );
});

test("figures need no detector, whichever entry they come from", () => {
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const figures = (entry, prepare = "") => {
    const script = `import { init, metrics } from "${entry}"; ${prepare}
      const evaluated = metrics.evaluate([1, 3], [2, 4]);
      console.log(await evaluated.then(({ auroc }) => auroc, ({ code }) => code));`;
    return execFileSync("node", ["--input-type=module", "--eval", script], {
      cwd,
      encoding: "utf8",
    }).trim();
  };
  assert.equal(figures("she-ood"), "0.75");
  assert.equal(figures("she-ood/inline"), "0.75");
  assert.equal(
    figures(
      "she-ood/slim",
      `await init((await import("node:fs")).readFileSync("pkg/she_ood_bg.wasm"));`,
    ),
    "0.75",
  );
  assert.equal(figures("she-ood/slim"), "load-failed");
});

/** Values that float32 would round together, to infinity or to zero. */
const HARD = [
  1,
  1 + 1e-9,
  1 + Number.EPSILON,
  16777216,
  16777217,
  1e39,
  1e40,
  Number.MAX_VALUE,
  Infinity,
  -Infinity,
  1e-50,
  5e-324,
  0,
  0.1,
];

test("figures are exact: no score is rounded", async () => {
  for (const [id, ood] of [
    [1, 1 + 1e-9],
    [16777216, 16777217],
    [1e39, 1e40],
    [0, 1e-50],
  ]) {
    assert.equal((await metrics.evaluate([id], [ood])).auroc, 1, `${id} ${ood}`);
    assert.equal(
      (await metrics.evaluate(Float64Array.of(ood), Float64Array.of(id))).auroc,
      0,
      `${ood} ${id}`,
    );
  }
  for (let set = 0; set < 60; set++) {
    const side = (set, count) =>
      Array.from({ length: count }, (_, i) => HARD[(set * 31 + i * i * 7 + i * set) % HARD.length]);
    const [id, ood] = [side(set, 1 + (set % 23)), side(3 * set + 1, 1 + (set % 17))];
    const { auroc, roc } = await metrics.evaluate(id, ood);
    const halves = id
      .flatMap((one) => ood.map((other) => (other > one ? 2 : Number(other === one))))
      .reduce((sum, half) => sum + half);
    assert.equal(auroc, halves / (2 * id.length * ood.length));
    assert.deepEqual(
      [...roc.thresholds],
      [Infinity, ...new Set([...id, ...ood].sort((a, b) => (a < b ? 1 : -1)))],
    );
    const flagged = (scores, threshold) =>
      scores.filter((score) => score >= threshold).length / scores.length;
    for (const [i, threshold] of [...roc.thresholds].entries()) {
      if (i > 0)
        assert.deepEqual(
          [roc.fpr[i], roc.tpr[i]],
          [flagged(id, threshold), flagged(ood, threshold)],
        );
    }
  }
});

test("scores are taken from whatever holds numbers, and nothing else is one", async () => {
  const elsewhere = (source) => vm.runInNewContext(source);
  const kinds = [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    Array,
  ];
  const sides = kinds.map((kind) => [kind.of(1, 3), kind.of(2, 4)]);
  sides.push(
    [{ length: 2, 0: 1, 1: 3 }, Buffer.from([2, 4])],
    [elsewhere("[1, 3]"), elsewhere("Float64Array.of(2, 4)")],
  );
  for (const [id, ood] of sides)
    assert.equal((await metrics.evaluate(id, ood)).auroc, 0.75, id.constructor.name);
  const thresholds = async (scores) =>
    [...(await metrics.evaluate(scores, scores)).roc.thresholds].slice(1);
  assert.deepEqual(await thresholds([0.1]), [0.1]);
  assert.deepEqual(await thresholds(Float32Array.of(0.1)), [Math.fround(0.1)]);

  const thrower = {
    length: 1,
    get 0() {
      throw new RangeError("gone");
    },
  };
  const detached = Float64Array.of(1);
  structuredClone(detached, { transfer: [detached.buffer] });
  const refused = [
    [[1, 2, 3, null], "the ID scores hold null at index 3, only numbers are allowed"],
    [[1, undefined], "the ID scores hold undefined at index 1, only numbers are allowed"],
    // biome-ignore lint/suspicious/noSparseArray: a hole is refused as undefined is
    [[1, , 3], "the ID scores hold undefined at index 1, only numbers are allowed"],
    [["1"], 'the ID scores hold "1" at index 0, only numbers are allowed'],
    [[true], "the ID scores hold true at index 0, only numbers are allowed"],
    [[1n], "the ID scores hold 1n at index 0, only numbers are allowed"],
    [BigInt64Array.of(1n), "the ID scores hold 1n at index 0, only numbers are allowed"],
    [[0, [1]], "the ID scores hold Array at index 1, only numbers are allowed"],
    [[new Number(1)], "the ID scores hold Number at index 0, only numbers are allowed"],
    [[new Date(0)], "the ID scores hold Date at index 0, only numbers are allowed"],
    ["12", "the ID scores are an array of numbers, not String"],
    [1, "the ID scores are an array of numbers, not Number"],
    [undefined, "the ID scores are an array of numbers, not undefined"],
    [null, "the ID scores are an array of numbers, not null"],
    [{}, "the ID scores are an array of numbers, not Object"],
    [{ length: -1 }, "the ID scores are an array of numbers, not Object"],
    [{ length: 1.5 }, "the ID scores are an array of numbers, not Object"],
    [new Set([1]), "the ID scores are an array of numbers, not Set"],
    [(one) => one, "the ID scores are an array of numbers, not Function"],
    [new DataView(new ArrayBuffer(8)), "the ID scores are an array of numbers, not DataView"],
    [thrower, "the ID scores cannot be read: RangeError: gone"],
    [{ length: 2 ** 50 }, /^the ID scores cannot be read: RangeError/],
    [detached, /^the ID scores cannot be read: TypeError/],
  ];
  for (const [scores, message] of refused)
    await assertCode("input-kind", () => metrics.evaluate(scores, [1]), message);
  await assertCode(
    "input-kind",
    () => metrics.evaluate([1], [null]),
    "the OOD scores hold null at index 0, only numbers are allowed",
  );
});

test("what scores become after the call is no matter", async () => {
  const scores = [1, 3];
  const found = metrics.evaluate(scores, [2, 4]);
  scores.fill(9);
  assert.equal((await found).auroc, 0.75);
});

/**
 * What a fresh process prints that counts compilations in `started`; the first `failures` of them
 * fail.
 */
function inFreshProcess(script, failures = 0) {
  const counting = `
    import { Detector } from "she-ood";
    const { compile } = WebAssembly;
    let started = 0;
    // Node compiles small modules of its own.
    WebAssembly.compile = (bytes) =>
      bytes.length > 1e6 && started++ < ${failures}
        ? Promise.reject(new Error("no luck"))
        : compile(bytes);
    ${script}`;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  return execFileSync("node", ["--input-type=module", "--eval", counting], {
    cwd,
    encoding: "utf8",
  }).trim();
}

test("importing does nothing, and concurrent first calls share one start", () => {
  assert.equal(inFreshProcess("console.log(started)"), "0");
  assert.equal(
    inFreshProcess(
      "await Promise.all([1, 2, 3].map(() => Detector.embedded())); console.log(started)",
    ),
    "1",
  );
});

test("memory stays flat over 100,000 scores and 200 rounds of load and dispose", () => {
  const script = `
    import { readFileSync } from "node:fs";
    const memories = [];
    const { instantiate } = WebAssembly;
    WebAssembly.instantiate = async (module, imports) => {
      const instance = await instantiate(module, imports);
      if (instance.exports?.memory) memories.push(instance.exports.memory);
      return instance;
    };
    const { Detector } = await import("she-ood");
    const tiny = readFileSync("tests/data/tiny.onnx");
    const digits = readFileSync("models/digits.onnx");
    const detector = await Detector.load(tiny);
    const input = Float32Array.from({ length: 20 }, (_, i) => i / 20);
    const score = (times) => { for (let i = 0; i < times; i++) detector.score(input); };
    const load = async (times) => {
      for (let i = 0; i < times; i++) (await Detector.load(digits)).dispose();
    };
    const used = () => {
      gc();
      const sizes = memories.map(({ buffer }) => buffer.byteLength);
      return [Math.max(...sizes), process.memoryUsage().heapUsed];
    };
    // So many until what is given back and taken again fits into what there is.
    for (let i = 0; i < 4; i++) {
      score(20_000);
      await load(100);
    }
    const before = used();
    score(100_000);
    await load(200);
    const after = used();
    console.log(JSON.stringify([before[0] > 1e6, after[0] - before[0], after[1] - before[1]]));`;
  const cwd = fileURLToPath(new URL("..", import.meta.url));
  const said = execFileSync("node", ["--expose-gc", "--input-type=module", "--eval", script], {
    cwd,
    encoding: "utf8",
  });
  const [seen, wasm, heap] = JSON.parse(said);
  assert.equal(seen, true);
  assert.equal(wasm, 0, `WebAssembly grew by ${wasm} bytes`);
  assert.ok(heap < 500_000, `the heap grew by ${heap} bytes`);
});

test("bytes that were handed to someone else are refused", async () => {
  const bytes = new Uint8Array(read("tiny.onnx"));
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  for (const source of [bytes.buffer, bytes])
    await assertCode(
      "input-kind",
      () => Detector.load(source),
      /^the detector: these bytes cannot be read|^not a readable/,
    );
});

test("a file or model beyond the limits is refused, before all of it is there", async () => {
  const bytes = read("tiny.onnx");
  const response = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) }),
    );
  for (const source of [
    bytes,
    new Blob([bytes]),
    new Uint8Array(bytes).buffer,
    new URL("data/tiny.onnx", import.meta.url),
    response(),
  ]) {
    await assertCode(
      "too-large",
      () => Detector.load(source, { limits: { bytes: 1500 } }),
      /^the detector has \d+ bytes, at most 1500 are allowed: the limits are options$/,
    );
  }
  await assertCode(
    "too-large",
    () => tinyWith({ limits: { nodes: 5 } }),
    "the model asks for 6 nodes, at most 5 are allowed: the limits are options",
  );
  await assertCode(
    "too-large",
    () => tinyWith({ limits: { values: 100 } }),
    /values, at most 100 are allowed/,
  );
  await assertCode("too-large", () =>
    Fitter.create(bytes, { layers: ["vector"], limits: { nodes: 5 } }),
  );
  for (const nodes of [0, 0.5, NaN, -1, 2 ** 32, "6"])
    await assertCode(
      "invalid-option",
      () => tinyWith({ limits: { nodes } }),
      /^limits.nodes is .*, allowed: a whole number from 1/,
    );
  await assertCode(
    "invalid-option",
    () => tinyWith({ limits: { byte: 5 } }),
    "there is no option limits.byte, allowed: bytes, nodes, values",
  );
  const within = await tinyWith({ limits: { bytes: bytes.length, nodes: 6, values: 300 } });
  assert.equal(within.score(inputs[0]).score, (await tiny()).score(inputs[0]).score);
});

test("what was loaded is its own: bytes that change afterwards change nothing", async () => {
  const { buffer } = new Uint8Array(read("tiny.onnx"));
  const [detector, trap] = [await Detector.load(buffer), read("panic.onnx")];
  const before = detector.score(inputs[0]).score;
  new Uint8Array(buffer).fill(0);
  await assertCode("internal", () => Detector.load(trap));
  assert.equal(detector.score(inputs[0]).score, before);
});

test("after a failure of WebAssembly the next call on what is alive succeeds", async () => {
  const [detector, digits] = [await tiny(), await Detector.embedded()];
  const fitter = await Fitter.create(read("trap.onnx"), { layers: ["features"], holdOut: 0 });
  await fitter.pushBatch(Float32Array.of(0, 1, 2), [0, 1, 2]);
  const fragile = await fitter.finish();
  const [before, file, blank] = [
    detector.score(inputs[0]),
    detector.toBytes(),
    digits.score(new Float32Array(784)).score,
  ];
  const failures = [
    () => Detector.load(read("panic.onnx")),
    () => Model.load(read("panic.onnx")),
    () => fragile.score(Float32Array.of(7)),
    () => fragile.scoreBatch(Float32Array.of(0, 7)),
    () => fitter.pushBatch(Float32Array.of(7, 0), [0, 1]),
  ];
  for (const failure of failures) {
    await assertCode(
      "internal",
      failure,
      /^WebAssembly crashed over this call and restarts for the next: /,
    );
    assert.equal(detector.score(inputs[0]).score, before.score);
    assert.equal(digits.score(new Float32Array(784)).score, blank);
    assert.equal(fragile.score(Float32Array.of(2)).predicted.index, 2);
    assert.deepEqual(detector.toBytes(), file);
  }
  // What was pushed is still there, and what failed is not.
  assert.deepEqual(fitter.counts, { fit: 3, calibration: 0 });
  assert.deepEqual((await fitter.finish()).info.counts, [1, 1, 1]);
  // A batch is pushed in parts, of which a fitter's first has one sample: that one stays.
  const fresh = await Fitter.create(read("trap.onnx"), { layers: ["features"], holdOut: 0 });
  await assertCode("internal", () => fresh.pushBatch(Float32Array.of(0, 7), [0, 1]));
  assert.deepEqual(fresh.counts, { fit: 1, calibration: 0 });
  // What is disposed of in between stays so.
  await assertCode("internal", failures[0]);
  detector.dispose();
  await assertCode("disposed", () => detector.score(inputs[0]));
  assert.equal(digits.score(new Float32Array(784)).score, blank);
  for (const held of [digits, fitter, fragile]) held.dispose();
});

test("a start that failed can be tried again", () => {
  const script = `
    const code = await Detector.embedded().catch((error) => error.name + " " + error.code);
    const detector = await Detector.embedded();
    console.log(code, started, detector.info.labels.length);`;
  assert.equal(inFreshProcess(script, 1), "SheError load-failed 2 5");
});
