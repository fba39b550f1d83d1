// she-ood/worker in Chromium: the answers of she-ood, in the order of the questions, whatever
// becomes of the workers.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { crc32, deflateSync } from "node:zlib";
import * as inNode from "../pkg/worker.js";
import { PICTURES, start } from "./chromium.js";
import { serve } from "./server.js";

let server, browser, blank, close;

before(async () => ({ server, browser, blank, close } = await start()));
after(() => close?.());

/**
 * A page with `she` from the worker entry, `direct` from the main one, and a few things at hand.
 */
async function open(prepare) {
  const page = await blank({ entry: "worker", prepare });
  await page.evaluate(async () => {
    globalThis.direct = await import("/pkg/index.js");
    globalThis.bytesOf = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
    /** What a promise comes to, in a word. */
    globalThis.outcome = (promise) =>
      promise.then(
        () => "done",
        (error) => error.code ?? error.message,
      );
    /** A detector that fails inside WebAssembly for any number but 0, 1 and 2. */
    globalThis.fragile = async (options) => {
      const fitter = await she.Fitter.create("/tests/data/trap.onnx", {
        layers: ["features"],
        workers: 1,
        holdOut: 0,
        ...options,
      });
      await fitter.pushBatch(Float32Array.of(0, 1, 2), [0, 1, 2]);
      const detector = await fitter.finish();
      fitter.dispose();
      return detector;
    };
  });
  return page;
}

/** Waits until so many workers are left; those that end take a moment to be gone. */
async function workersLeft(page, count) {
  for (let i = 0; i < 100 && page.workers().length !== count; i++) await page.waitForTimeout(20);
  assert.equal(page.workers().length, count);
}

test("weights in other files come from every kind of source, missing ones are named", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const { sample, good } = await (await fetch("/tests/data/external.json")).json();
    const blob = async (base64) =>
      (await fetch(`data:application/octet-stream;base64,${base64}`)).blob();
    const each = async ({ files }) =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(files).map(async ([name, file]) => [name, await blob(file)]),
        ),
      );
    const logits = async (name, externalData) => {
      const options = { workers: 1, ...(externalData && { externalData }) };
      const model = await she.Model.load(await blob(good[name].model), options);
      const values = await model.logits(Float32Array.from(sample));
      model.dispose();
      const near = (value, i) => Math.abs(value - good[name].logits[i]) <= 2e-4;
      return values.every(near);
    };
    const [data] = Object.values(await each(good["one file"]));
    const url = URL.createObjectURL(data);
    const equal = [
      await logits("a file for each", await each(good["a file for each"])),
      await logits("branches", await each(good.branches)),
      await logits("one file", data),
      await logits("one file", url),
      await logits("one file", await data.arrayBuffer()),
      await logits("one file", new Response(data)),
    ];
    const words = (promise) => promise.catch(({ code, message }) => `${code}: ${message}`);
    return {
      equal,
      none: await words(logits("one file")),
      short: await words(logits("one file", data.slice(0, 1000))),
      other: await words(logits("one file", { "other.data": data })),
      outside: await words(logits("one file", new Blob(["<!doctype html>", data]))),
    };
  });
  assert.deepEqual(found.equal, Array(6).fill(true));
  assert.match(found.none, /^invalid-model: .*"model\.onnx\.data"/);
  assert.match(found.short, /^invalid-model: .*1000/);
  assert.match(found.other, /^invalid-option: .*"other\.data".*add "model\.onnx\.data"/);
  assert.match(found.outside, /^invalid-model: .*web page/);
  await workersLeft(page, 0);
  await page.close();
});

test("every input and call is answered as on the page, and stays the caller's", async () => {
  const page = await open();
  await page.evaluate(PICTURES);
  const [reports, others] = await page.evaluate(async () => {
    const file = await (await fetch("/www/dist/objects.png")).blob();
    const pictures = await picturesOf(file);
    const { pixels, frame } = pictures;
    const values = new Float32Array(2 * 3072).fill(0.5).subarray(3072);
    const inputs = { values, ...pictures };
    const [here, there] = [
      await direct.Detector.load("/models/cifar10.onnx"),
      await she.Detector.load("/models/cifar10.onnx"),
    ];
    const plain = ({ timings, ...report }) => JSON.stringify(report);
    const layersOf = ({ class: { label }, layers }) => [label, layers];
    const shownOf = async (picture) => {
      const sample = picture === file ? await direct.decode(file) : picture;
      const [far, near] = [await there.preview(picture), await here.preview(sample)];
      const facts = ({ width, height, data }) => [width, height, ...data];
      return [
        [facts(far), facts(near)],
        [far instanceof ImageData, near instanceof ImageData && near.width === 32],
      ];
    };
    const layersIn = async ({ Model }, source) => {
      const model = await Model.load(source);
      model.dispose();
      return model.layers;
    };
    const reports = {};
    for (const [name, input] of Object.entries(inputs)) {
      // Twice, as what was taken away would be missing then.
      await there.score(input);
      const sample = input === file ? await direct.decode(file) : input;
      reports[name] = [plain(await there.score(input)), plain(here.score(sample))];
    }
    const others = [
      [there.info, here.info],
      [await there.features(pixels), here.features(pixels)],
      [await there.features(file), here.features(await direct.decode(file))],
      ...(await shownOf(pixels)),
      ...(await shownOf(file)),
      [layersOf(await there.explain(frame)), layersOf(here.explain(frame))],
      [
        layersOf(await there.explain(file, { class: 3 })),
        layersOf(here.explain(await direct.decode(file), { class: 3 })),
      ],
      [await there.calibration(), here.calibration()],
      [await there.toBytes(), here.toBytes()],
      [await there.toOnnx(), here.toOnnx()],
      [await there.toOnnx({ taps: true }), here.toOnnx({ taps: true })],
      [await she.metrics.evaluate([1, 2], [2, 3]), await direct.metrics.evaluate([1, 2], [2, 3])],
      [await layersIn(she, "/models/cifar10.onnx"), await layersIn(direct, "/models/cifar10.onnx")],
    ].map((pair) => pair.map((value) => JSON.stringify(value)));
    frame.close();
    return [reports, others];
  });
  assert.equal(Object.keys(reports).length, 8);
  for (const [name, [there, here]] of Object.entries(reports)) assert.equal(there, here, name);
  for (const [there, here] of others) assert.equal(there, here);
  // That of the detector: those for figures and for a list of layers have ended.
  await workersLeft(page, 1);
  await page.close();
});

test("a batch is spread over the workers, and comes back in order", async () => {
  const page = await open();
  const [same, steps] = await page.evaluate(async () => {
    const [here, there] = [
      await direct.Detector.load("/models/cifar10.onnx"),
      await she.Detector.load("/models/cifar10.onnx", { workers: 3 }),
    ];
    const data = Float32Array.from({ length: 100 * 3072 }, (_, i) => Math.sin(i * i));
    const steps = [];
    const found = await there.scoreBatch(data, {
      onProgress: ({ done, total }) => steps.push(done / total),
    });
    const none = await there.scoreBatch(new Float32Array());
    return [
      JSON.stringify(found) === JSON.stringify(await here.scoreBatch(data)) &&
        none.scores.length === 0 &&
        data.length === 307200,
      steps,
    ];
  });
  assert.ok(same);
  assert.deepEqual(
    steps,
    [...steps].sort((a, b) => a - b),
  );
  assert.equal(steps.at(-1), 1);
  assert.equal(page.workers().length, 3);
  await page.close();
});

test("a fit in workers is the fit on the page, byte for byte", async () => {
  const page = await open();
  const same = await page.evaluate(async () => {
    const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const golden = await (await fetch("/tests/data/golden.json")).json();
    const pixels = bytes(golden.mini_images.base64);
    const values = Float32Array.from(pixels, (pixel) => pixel / 255);
    const labels = bytes(golden.mini_labels.base64);
    const pictureOf = (i) =>
      new ImageData(
        Uint8ClampedArray.from({ length: 4 * 784 }, (_, j) =>
          j % 4 === 3 ? 255 : pixels[784 * i + (j >> 2)],
        ),
        28,
        28,
      );
    const fitted = async ({ Fitter }) => {
      const options = {
        layers: ["sequential/dense/Relu:0", "sequential/dense_1/Relu:0"],
        similarity: "cosine",
        preprocess: {},
        holdOut: 0.2,
      };
      const [first, rest] = [
        await Fitter.create("/tests/data/mnist_mlp_0-4.onnx", options),
        await Fitter.create("/tests/data/mnist_mlp_0-4.onnx", options),
      ];
      // What the options become afterwards is no matter, nor how the pushes overlap.
      options.layers[0] = "nowhere";
      await Promise.all(Array.from({ length: 20 }, (_, i) => first.push(pictureOf(i), labels[i])));
      await first.pushBatch(values.subarray(20 * 784), labels.subarray(20));
      await rest.pushBatch(values.subarray(0, 33 * 784), labels.subarray(0, 33));
      first.merge(rest);
      const detector = await first.finish({ idPassRate: 0.9 });
      return JSON.stringify([first.counts, detector.info, [...(await detector.toBytes())]]);
    };
    return (await fitted(she)) === (await fitted(direct));
  });
  assert.ok(same);
  await page.close();
});

test("parts made and merged in workers are those of the page, as their errors are", async () => {
  const page = await open();
  const [there, here] = await page.evaluate(async () => {
    const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const golden = await (await fetch("/tests/data/golden.json")).json();
    const values = Float32Array.from(bytes(golden.mini_images.base64), (pixel) => pixel / 255);
    const labels = bytes(golden.mini_labels.base64);
    const halves = [
      [values.subarray(0, 150 * 784), labels.subarray(0, 150)],
      [values.subarray(150 * 784), labels.subarray(150)],
    ];
    const model = "/tests/data/mnist_mlp_0-4.onnx";
    const options = { layers: ["sequential/dense_1/Relu:0"], similarity: "cosine", holdOut: 0.2 };
    const fitted = async ({ Fitter, merge, partInfo }) => {
      const round = (begin) =>
        Promise.all(
          halves.map(async ([data, classes]) => {
            const fitter = await begin();
            await fitter.pushBatch(data, classes);
            const part = await fitter.toBytes();
            fitter.dispose();
            return part;
          }),
        );
      const patterns = await merge(await round(() => Fitter.create(model, options)));
      const scores = await round(() => Fitter.fromBytes(model, patterns));
      const whole = await merge([patterns, ...scores]);
      const fitter = await Fitter.fromBytes(model, whole);
      const hidden = await Fitter.create(model, options);
      await hidden.pushBatch(...halves[0]);
      const noised = await hidden.toBytes({ clip: 2, noise: 1 });
      const detector = await fitter.finish();
      return JSON.stringify([
        [...(await detector.toBytes())],
        await partInfo(whole),
        (await partInfo(noised)).privacy,
        await outcome(merge([patterns, patterns])),
        await outcome(merge([patterns, whole.subarray(0, 99)])),
        await outcome(merge([patterns, noised])),
        await outcome(partInfo([1])),
        await outcome(hidden.toBytes({ noise: 1 })),
        await outcome((await Fitter.create(model)).toBytes()),
      ]);
    };
    return [await fitted(she), await fitted(direct)];
  });
  assert.equal(there, here);
  const [file, whole, privacy, ...codes] = JSON.parse(there);
  assert.ok(file.length > 1000);
  assert.deepEqual([whole.parts, whole.scored[0]], [2, 0]);
  assert.deepEqual([privacy.clip, privacy.noise], [2, 1]);
  assert.deepEqual(codes, [
    "repeated-part",
    "invalid-part",
    "parts-mismatch",
    "input-kind",
    "invalid-option",
    "invalid-option",
  ]);
  await page.close();
});

test("an abort stops loading, scores, batches and fits, and what is loaded goes on", async () => {
  const page = await open((page) => page.route("**/slow.onnx", () => {}));
  const said = await page.evaluate(async () => {
    const said = {};
    const abort = () => new AbortController();
    const during = async (name, begin) => {
      const controller = abort();
      const promise = outcome(
        begin(controller.signal, () => controller.abort(new Error("enough"))),
      );
      said[name] = await promise;
    };
    await during("before", (signal, stop) => {
      stop();
      return she.Detector.load("/models/cifar10.onnx", { signal });
    });
    await during("download", (signal, stop) => {
      setTimeout(stop, 50);
      return she.Detector.load("/slow.onnx", { signal });
    });
    await during("compile", (signal, stop) =>
      she.Detector.load("/models/cifar10.onnx", {
        signal,
        onProgress: ({ phase }) => phase === "compile" && queueMicrotask(stop),
      }),
    );
    const detector = await she.Detector.load("/models/cifar10.onnx", { workers: 1 });
    const data = new Float32Array(500 * 3072);
    await during("score", (signal, stop) => {
      setTimeout(stop);
      return detector.score(data.subarray(0, 3072), { signal });
    });
    await during("features", (signal, stop) => {
      stop();
      return detector.features(data.subarray(0, 3072), { signal });
    });
    const batch = detector.scoreBatch(data.subarray(0, 20 * 3072));
    await during("waiting", (signal, stop) => {
      setTimeout(stop);
      return detector.score(data.subarray(0, 3072), { signal });
    });
    await during("batch", (signal, stop) =>
      detector.scoreBatch(data, { signal, onProgress: stop }),
    );
    const fitter = await she.Fitter.create("/models/cifar10.onnx", {
      layers: ["pooled"],
      workers: 2,
    });
    await during("push", (signal, stop) =>
      fitter.pushBatch(data, new Uint8Array(500), { signal, onProgress: stop }),
    );
    await during("finish", (signal, stop) => {
      stop();
      return fitter.finish({ signal });
    });
    said.kept = fitter.counts.fit > 0 && fitter.counts.fit < 500;
    said.after = [
      (await batch).scores.length,
      (await detector.score(data.subarray(0, 3072))).layers.length,
    ];
    return said;
  });
  const { kept, after, ...stopped } = said;
  assert.deepEqual(Object.values(stopped), Array(9).fill("enough"), JSON.stringify(said));
  assert.deepEqual([kept, after], [true, [20, 2]]);
  // The detector's, and the fitter's two.
  await workersLeft(page, 3);
  await page.close();
});

test("a worker that hangs is ended in time, and is replaced", async () => {
  const page = await open();
  const codes = await page.evaluate(async () => {
    globalThis.detector = await fragile({ timeout: 4000 });
    const wrong = [0, NaN, "soon"].map((timeout) => outcome(she.Detector.embedded({ timeout })));
    return Promise.all([
      outcome(she.Detector.embedded({ timeout: 0.1 })),
      outcome(she.Detector.embedded({ timeout: Infinity })),
      ...wrong,
    ]);
  });
  assert.deepEqual(codes, ["timeout", "done", ...Array(3).fill("invalid-option")]);
  await page.evaluate(() => she.terminate());
  await workersLeft(page, 0);
  await page.evaluate(async () => {
    globalThis.detector = await fragile({ timeout: 4000 });
  });
  await workersLeft(page, 1);
  const [worker] = page.workers();
  await worker.evaluate(() => {
    globalThis.onmessage = () => {
      for (;;);
    };
  });
  const said = await page.evaluate(async () => {
    const calls = [1, 2].map((value) => detector.score(Float32Array.of(value)));
    const [first, second] = await Promise.allSettled(calls);
    return [
      first.reason.code,
      first.reason.message,
      second.value?.predicted.index ?? second.reason.code,
      (await detector.score(Float32Array.of(0))).predicted.index,
    ];
  });
  assert.equal(
    said[1],
    "the worker took more than 4000 ms over score and was ended: " +
      "give a longer timeout if that is too short",
  );
  assert.deepEqual([said[0], said[2], said[3]], ["timeout", 2, 0]);
  await workersLeft(page, 1);
  await page.close();
});

const number = (value) => Buffer.from([24, 16, 8, 0].map((shift) => value >>> shift));

/** A PNG of so many black pixels a side, of one bit each. */
function blackPng(side) {
  const chunk = (type, data) => {
    const content = Buffer.concat([Buffer.from(type), data]);
    return Buffer.concat([number(data.length), content, number(crc32(content))]);
  };
  const head = Buffer.concat([number(side), number(side), Buffer.from([1, 0, 0, 0, 0])]);
  const rows = deflateSync(Buffer.alloc(side * (1 + Math.ceil(side / 8))));
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", head),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

test("a picture of any kind is judged or refused, and the next is judged as ever", async () => {
  const page = await open();
  const bombs = Object.fromEntries(
    [16, 30_000].map((side) => [`${side} pixels a side`, blackPng(side).toString("base64")]),
  );
  const said = await page.evaluate(async (bombs) => {
    const sets = "/tests/data/sets";
    const whole = [
      "cmyk.jpg",
      "moving.gif",
      "moving.webp",
      "3-deep.png",
      "one-bit.png",
      "palette-alpha.png",
    ].map((name) => `${sets}/kinds/${name}`);
    const broken = [
      "claims-two-gigabytes.png",
      "no-pixels.png",
      "half.png",
      "half.jpg",
      "half.gif",
      "half.webp",
      "text.npz",
    ].map((name) => `${sets}/broken/${name}`);
    const files = {};
    for (const path of [...whole, ...broken])
      files[path.split("/").pop()] = await (await fetch(path)).blob();
    for (const [name, base64] of Object.entries(bombs))
      files[name] = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    files.nothing = new Blob([], { type: "image/png" });
    files["a drawing"] = new Blob(
      [`<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>`],
      { type: "image/svg+xml" },
    );
    const detectors = [
      await direct.Detector.embedded(),
      await she.Detector.embedded({ workers: 1 }),
    ];
    const input = new Float32Array(784).fill(0.5);
    const expected = detectors[0].score(input).score;
    const said = {};
    for (const [name, file] of Object.entries(files)) {
      said[name] = await Promise.all([
        outcome((async () => detectors[0].score(await direct.decode(file)))()),
        outcome(detectors[1].score(file)),
      ]);
      for (const detector of detectors)
        if ((await detector.score(input)).score !== expected) said[name].push("then another score");
    }
    return said;
  }, bombs);
  const judged = Object.keys(said).filter((name) => said[name].join() === "done,done");
  assert.deepEqual(judged, [
    "cmyk.jpg",
    "moving.gif",
    "moving.webp",
    "3-deep.png",
    "one-bit.png",
    "palette-alpha.png",
    "16 pixels a side",
  ]);
  for (const name of judged) delete said[name];
  assert.equal(Object.keys(said).length, 10);
  for (const [name, outcomes] of Object.entries(said))
    assert.deepEqual(outcomes, ["input-kind", "input-kind"], name);
  await page.close();
});

test("limits hold in workers too, in those that come later and in what is fitted", async () => {
  const page = await open();
  const said = await page.evaluate(async () => {
    const limits = { nodes: 5 };
    const create = (limits) =>
      she.Fitter.create("/tests/data/tiny.onnx", { layers: ["vector"], holdOut: 0, limits });
    const codes = [
      await outcome(she.Detector.load("/tests/data/tiny.onnx", { limits })),
      await outcome(create(limits)),
      await outcome(she.Detector.load("/tests/data/tiny.onnx", { limits: { bytes: 9 } })),
    ];
    return [
      ...codes,
      await outcome(create({ nodes: 6 })),
      await outcome(she.Detector.load("/tests/data/tiny.onnx", { limits: { nodes: 6 } })),
    ];
  });
  assert.deepEqual(said, ["too-large", "too-large", "too-large", "done", "done"]);
  await page.close();
});

test("on the page WebAssembly that fails is started anew, with all that lives in it", async () => {
  const page = await open();
  const said = await page.evaluate(async () => {
    const { Detector, Fitter, metrics } = direct;
    const digits = await Detector.embedded();
    const input = Float32Array.from({ length: 784 }, (_, i) => ((i * 7) % 255) / 255);
    const before = digits.score(input).score;
    const fitter = await Fitter.create("/tests/data/trap.onnx", {
      layers: ["features"],
      holdOut: 0,
    });
    await fitter.pushBatch(Float32Array.of(0, 1, 2), [0, 1, 2]);
    const detector = await fitter.finish();
    const trapped = async () => detector.score(Float32Array.of(7));
    const again = [];
    for (let i = 0; i < 3; i++) {
      again.push(
        await outcome(trapped()),
        detector.score(Float32Array.of(2)).predicted.index,
        digits.score(input).score === before,
      );
      again.push(
        await outcome(Detector.load("/tests/data/panic.onnx")),
        (await metrics.evaluate([1, 2], [2, 3])).auroc,
        fitter.counts.fit,
      );
    }
    return [again, (await fitter.finish()).score(Float32Array.of(1)).predicted.index];
  });
  assert.deepEqual(said, [Array(3).fill(["internal", 2, true, "internal", 0.875, 3]).flat(), 1]);
  await page.close();
});

test("a worker that fails rejects what it held, and is replaced", async () => {
  const page = await open();
  const trapped = await page.evaluate(async () => {
    globalThis.detector = await fragile();
    const calls = [0, 7, 1].map((value) => detector.score(Float32Array.of(value)));
    const said = await Promise.all(calls.map(outcome));
    const [, message] = await Promise.allSettled(calls);
    return [
      ...said,
      (await detector.score(Float32Array.of(2))).predicted.index,
      message.reason.message,
    ];
  });
  assert.deepEqual(trapped.slice(0, 4), ["done", "internal", "done", 2]);
  assert.match(trapped[4], /^the worker failed: .*unreachable/);
  await workersLeft(page, 1);
  // One that waits for nothing, then one in the middle of a batch.
  const thrown = async () => {
    const [worker] = page.workers();
    const gone = new Promise((resolve) => worker.once("close", resolve));
    await worker.evaluate(
      () =>
        void setTimeout(() => {
          throw new Error("out of order");
        }),
    );
    await gone;
  };
  await thrown();
  assert.equal(await page.evaluate(() => outcome(detector.score(Float32Array.of(2)))), "done");
  await page.evaluate(() => {
    globalThis.batch = detector
      .scoreBatch(new Float32Array(20_000_000))
      .catch((error) => `${error.code}: ${error.message}`);
  });
  await thrown();
  assert.match(await page.evaluate(() => batch), /^internal: the worker failed: .*out of order/);
  assert.equal(
    await page.evaluate(async () =>
      (await detector.scoreBatch(Float32Array.of(2, 1, 0))).predicted.join(),
    ),
    "2,1,0",
  );
  await page.close();
});

test("after terminate and dispose nothing is pending, and no worker is left", async () => {
  const page = await open((page) => page.route("**/slow.onnx", () => {}));
  const said = await page.evaluate(async () => {
    const [one, other] = [
      await she.Detector.load("/models/cifar10.onnx", { workers: 1 }),
      await she.Detector.embedded({ workers: 1 }),
    ];
    const fitter = await she.Fitter.create("/models/cifar10.onnx", {
      layers: ["pooled"],
      workers: 1,
    });
    const data = new Float32Array(3000 * 3072);
    let begun;
    const underWay = new Promise((resolve) => (begun = resolve));
    // Work of many seconds, and downloads that never end.
    const pending = [
      one.scoreBatch(data),
      other.scoreBatch(new Float32Array(30_000 * 784)),
      fitter.pushBatch(data, new Uint8Array(3000), { onProgress: begun }),
      she.Detector.load("/slow.onnx"),
      she.Model.load("/slow.onnx"),
    ].map(outcome);
    await underWay;
    she.terminate();
    const after = [one.score(data.subarray(0, 3072)), fitter.finish(), other.toBytes()].map(
      outcome,
    );
    return Promise.all([...pending, ...after]);
  });
  assert.deepEqual(said, Array(8).fill("disposed"));
  await workersLeft(page, 0);
  const again = await page.evaluate(async () => {
    const detector = await she.Detector.embedded();
    const pending = outcome(detector.scoreBatch(new Float32Array(30_000 * 784)));
    detector.dispose();
    detector[Symbol.dispose]();
    return [
      await pending,
      await outcome(detector.score(new Float32Array(784))),
      await outcome(detector.score("nonsense")),
    ];
  });
  assert.deepEqual(again, ["disposed", "disposed", "disposed"]);
  await workersLeft(page, 0);
  await page.close();
});

test("what is cancelled while it waits is never begun", async () => {
  const page = await open();
  await page.evaluate(async () => {
    globalThis.detector = await fragile();
  });
  await workersLeft(page, 1);
  const [worker] = page.workers();
  const said = await page.evaluate(async () => {
    const controller = new AbortController();
    const before = outcome(detector.score(Float32Array.of(1)));
    // This one would end the worker.
    const waiting = outcome(detector.score(Float32Array.of(7), { signal: controller.signal }));
    await Promise.resolve();
    controller.abort(new Error("enough"));
    return [await before, await waiting, await outcome(detector.score(Float32Array.of(2)))];
  });
  assert.deepEqual(said, ["done", "enough", "done"]);
  assert.ok(page.workers()[0] === worker);
  await page.close();
});

test("workers that cannot be started are done without, and said once", async () => {
  let asked = 0;
  const page = await open((page) =>
    page.route("**/worker/thread.js", (route) =>
      asked++ === 0 ? route.continue() : route.fulfill({ status: 404, body: "gone" }),
    ),
  );
  const warnings = [];
  page.on("console", (message) => message.type() === "warning" && warnings.push(message.text()));
  const load = () =>
    page.evaluate(async () => {
      globalThis.detector = await she.Detector.load("/models/cifar10.onnx", { workers: 3 });
    });
  const batch = () =>
    page.evaluate(
      async () => (await detector.scoreBatch(new Float32Array(200 * 3072))).scores.length,
    );
  await load();
  assert.equal(await batch(), 200);
  await workersLeft(page, 1);
  const before = asked;
  assert.ok(before > 1 && before <= 3, String(before));
  assert.equal(
    await page.evaluate(
      async () =>
        (
          await Promise.all(
            Array.from({ length: 50 }, () => detector.score(new Float32Array(3072))),
          )
        ).length,
    ),
    50,
  );
  assert.equal(await batch(), 200);
  assert.equal(asked, before);
  const warning = warnings.find((warning) => warning.startsWith("she-ood"));
  const [consequence, cause] = warning.split(": SheError: ");
  assert.match(
    consequence,
    /^she-ood continues with \d of 3 workers, because another could not be started$/,
  );
  assert.match(cause, /^the worker's script could not be started/);
  assert.ok(warnings.filter((warning) => warning.startsWith("she-ood")).length <= 2);
  // One that ends is replaced all the same, and what is loaded next has as many as ever.
  await page.unroute("**/worker/thread.js");
  const [worker] = page.workers();
  const gone = new Promise((resolve) => worker.once("close", resolve));
  await worker.evaluate(
    () =>
      void setTimeout(() => {
        throw new Error("out of order");
      }),
  );
  await gone;
  assert.equal(await batch(), 200);
  await workersLeft(page, 1);
  await page.evaluate(() => she.terminate());
  await load();
  assert.equal(await batch(), 200);
  await workersLeft(page, 3);
  await page.close();
});

test("a progress callback that throws fails its own call alone, and leaves no worker", async () => {
  const page = await open();
  const said = await page.evaluate(async () => {
    const failing = (phase) => ({
      onProgress: (progress) => {
        if (progress.phase === phase && (phase !== "wasm" || progress.loaded > 0))
          throw new Error(phase);
      },
    });
    const [thrower, other] = [she.Detector.embedded(failing("wasm")), she.Detector.embedded()].map(
      outcome,
    );
    const said = [await thrower, await other];
    she.terminate();
    for (const phase of ["compile", "ready"])
      said.push(await outcome(she.Detector.embedded(failing(phase))));
    return said;
  });
  assert.deepEqual(said, ["wasm", "done", "compile", "ready"]);
  await workersLeft(page, 0);
  await page.close();
});

test("WebAssembly that is another's is given up, and the right one taken", async () => {
  for (const entry of ["worker", "index"]) {
    const page = await blank({ entry });
    const said = await page.evaluate(async () => {
      const outcome = (promise) =>
        promise.then(
          () => "done",
          ({ code }) => code,
        );
      // A module of nothing at all.
      const wrong = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
      const first = await outcome(she.init(wrong).then(() => she.Detector.embedded()));
      return [
        first,
        await outcome(she.init("/pkg/she_ood_bg.wasm").then(() => she.Detector.embedded())),
      ];
    });
    assert.deepEqual(said, ["load-failed", "done"], entry);
    await page.close();
  }
});

test("a picture that is too large spoils none after it", async () => {
  const page = await open();
  const said = await page.evaluate(async () => {
    const file = await (await fetch("/www/dist/objects.png")).blob();
    const said = [];
    for (const { Detector, decode } of [direct, she]) {
      const detector = await Detector.load("/models/cifar10.onnx");
      const picture = Detector === she.Detector ? file : await decode(file);
      const before = (await detector.score(picture)).score;
      said.push(await outcome((async () => detector.score(new OffscreenCanvas(40_000, 40_000)))()));
      said.push((await detector.score(picture)).score === before);
    }
    return said;
  });
  assert.ok(
    [said[0], said[2]].every((code) => ["image-size", "input-kind"].includes(code)),
    said.join(),
  );
  assert.deepEqual([said[1], said[3]], [true, true]);
  await page.close();
});

test("what cannot be is refused with the code that the page has for it", async () => {
  const page = await open();
  const codes = await page.evaluate(async () => {
    const detector = await she.Detector.embedded();
    const objects = await she.Detector.load("/models/cifar10.onnx");
    const fitter = await she.Fitter.create("/models/cifar10.onnx", { layers: ["pooled"] });
    const detached = (array) => {
      structuredClone(array, { transfer: [array.buffer] });
      return array;
    };
    await direct.Detector.embedded();
    const failing = [
      ["input-length", () => detector.score(new Float32Array(3))],
      ["not-finite", () => detector.score(new Float32Array(784).fill(NaN))],
      ["not-finite", () => detector.scoreBatch(new Float32Array(784).fill(NaN))],
      ["input-length", () => detector.scoreBatch(new Float32Array(785))],
      ["unknown-class", () => detector.explain(new Float32Array(784), { class: 5 })],
      ["unknown-class", () => detector.explain(new Float32Array(784), { class: "ant" })],
      ["input-kind", () => detector.scoreBatch([1])],
      ["input-kind", () => detector.scoreBatch(detached(new Float32Array(784)))],
      ["input-kind", () => detector.score("a picture")],
      ["input-kind", () => detector.score(undefined)],
      ["input-kind", () => detector.score(detached(new Float32Array(784)))],
      [
        "input-kind",
        () => objects.score({ data: detached(new Uint8Array(4)), width: 1, height: 1 }),
      ],
      ["input-kind", () => direct.metrics.evaluate(undefined, [1])],
      ["input-kind", () => she.metrics.evaluate([1n], [1])],
      ["input-kind", () => she.metrics.evaluate([1, null], [1])],
      ["invalid-option", () => she.Fitter.create("/models/cifar10.onnx", { layers: "pooled" })],
      [
        "invalid-option",
        () => she.Fitter.create("/models/cifar10.onnx", { layers: ["pooled"], holdOut: () => 1 }),
      ],
      ["input-kind", () => objects.score(new Blob(["text"]))],
      ["image-size", () => objects.score(new Image())],
      ["image-size", () => objects.score({ data: new Uint8Array(3), width: 1, height: 1 })],
      ["no-preprocess", () => fitter.push(new ImageData(3, 3), 1)],
      ["unknown-class", () => fitter.pushBatch(new Float32Array(3072), [10])],
      ["unknown-class", () => fitter.push(new ImageData(3, 3), 0.5)],
      ["invalid-option", () => fitter.pushBatch(new Float32Array(3072), [1, 2])],
      ["fit", () => fitter.finish()],
      ["input-kind", async () => fitter.merge(fitter)],
      [
        "fit",
        async () =>
          fitter.merge(
            await she.Fitter.create("/models/cifar10.onnx", {
              layers: ["pooled"],
              similarity: "cosine",
            }),
          ),
      ],
      ["invalid-model", () => she.Detector.load(new Uint8Array(10))],
      ["not-a-detector", () => she.Detector.load("/tests/data/trap.onnx")],
      ["unknown-layer", () => she.Fitter.create("/models/cifar10.onnx", { layers: ["nowhere"] })],
      ["invalid-option", () => she.Fitter.create("/models/cifar10.onnx", { layer: "pooled" })],
      ["invalid-option", () => she.Detector.embedded({ workers: 0 })],
      ["invalid-option", () => she.metrics.evaluate([], [1])],
      ["input-kind", async () => new she.Detector()],
      ["input-kind", async () => new she.Fitter()],
      ["load-failed", () => she.Detector.load("/nowhere.onnx")],
    ];
    const found = [];
    for (const [code, call] of failing) found.push([code, await outcome((async () => call())())]);
    return found;
  });
  assert.equal(codes.length, 36);
  for (const [i, [expected, found]] of codes.entries()) assert.equal(found, expected, `call ${i}`);
  await page.close();
});

/** Makes `globalThis.frame` the window of a frame with a document of its own. */
const withFrame = (page) =>
  page.evaluate(async () => {
    const element = Object.assign(document.createElement("iframe"), {
      srcdoc: "<!doctype html><title>frame</title>",
    });
    const loaded = new Promise((resolve) => (element.onload = resolve));
    document.body.append(element);
    await loaded;
    globalThis.frame = element.contentWindow;
  });

test("values of another window are taken like its own, on the page and in workers", async () => {
  const page = await open();
  await withFrame(page);
  await page.evaluate(PICTURES);
  const said = await page.evaluate(async () => {
    const bytes = await bytesOf("/models/cifar10.onnx");
    const picture = await (await fetch("/www/dist/objects.png")).blob();
    const own = await picturesOf(picture);
    const { width, height } = own.pixels;
    const file = new frame.File([await picture.arrayBuffer()], "objects.png", {
      type: "image/png",
    });
    const image = Object.assign(new frame.Image(), { src: frame.URL.createObjectURL(file) });
    await image.decode();
    const canvas = Object.assign(frame.document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(own.bitmap, 0, 0);
    const offscreen = new frame.OffscreenCanvas(width, height);
    offscreen.getContext("2d").drawImage(own.bitmap, 0, 0);
    const pixels = new frame.ImageData(new frame.Uint8ClampedArray(own.pixels.data), width, height);
    const video = Object.assign(frame.document.createElement("video"), {
      srcObject: canvas.captureStream(),
      muted: true,
    });
    await video.play();
    const bitmap = await frame.createImageBitmap(file);
    const vframe = new frame.VideoFrame(own.bitmap, { timestamp: 0 });
    const values = frame.Float32Array.from({ length: 3072 }, (_, i) => Math.sin(i));
    const foreign = {
      pixels,
      image,
      canvas,
      offscreen,
      bitmap,
      vframe,
      file,
      blob: new frame.Blob([file]),
      bytes: { data: new frame.Uint8Array(pixels.data), width, height },
    };
    const sources = () => [
      frame.Uint8Array.from(bytes),
      frame.Uint8Array.from(bytes).buffer,
      new frame.Blob([bytes]),
      new frame.File([bytes], "x"),
      new frame.Response(bytes),
      new frame.URL("/models/cifar10.onnx", location.href),
    ];
    const said = [];
    for (const { Detector, Fitter, decode } of [direct, she]) {
      const signal = () => new frame.AbortController().signal;
      const detectors = [];
      for (const source of sources())
        detectors.push(await Detector.load(source, { signal: signal() }));
      const [detector] = detectors;
      const expected = (await detector.score(own.pixels)).score;
      for (const [name, input] of Object.entries(foreign)) {
        const { score } = await detector.score(input.size ? await decode(input) : input);
        if (score !== expected) said.push([name, score, expected]);
      }
      if (!Number.isFinite((await detector.score(video)).score)) said.push("video");
      const { score } = await detector.score(Float32Array.from(values));
      for (const other of detectors)
        if ((await other.score(values)).score !== score) said.push("a source");
      if (
        (await detector.scoreBatch(values, { signal: signal() })).scores[0] !== Math.fround(score)
      )
        said.push("batch");
      if (
        (await detector.features(values)).logits.length !== 10 ||
        !(await detector.explain(values)).class
      )
        said.push("features");
      const fitter = await Fitter.create(
        bytes,
        Object.assign(new frame.Object(), {
          layers: frame.Array.of("pooled"),
          preprocess: { mean: frame.Float32Array.of(0.5, 0.5, 0.5), std: 0.25 },
        }),
      );
      await fitter.pushBatch(values, frame.Array.of(1));
      await fitter.push(pixels, 1);
      await fitter.push(await decode(file), 1);
      if (fitter.counts.fit !== 3) said.push(fitter.counts);
      const aborted = frame.AbortSignal.abort(new frame.Error("enough"));
      for (const call of [
        () => Detector.load("/models/cifar10.onnx", { signal: aborted }),
        () => detector.scoreBatch(values, { signal: aborted }),
      ]) {
        const word = await outcome(call());
        if (word !== "enough") said.push(word);
      }
      for (const held of [...detectors, fitter]) held.dispose();
    }
    const other = await frame.eval("import('/pkg/index.js')");
    const error = await other.Detector.load(7).catch((error) => error);
    if (!(error instanceof direct.SheError) || other.SheError === direct.SheError)
      said.push("errors");
    return said;
  });
  assert.deepEqual(said, []);
  await page.close();
});

test("the WebAssembly of another window is taken, compiled or not", async () => {
  for (const entry of ["index", "worker"]) {
    for (const make of [
      "frame.WebAssembly.compile(bytes)",
      "frame.Uint8Array.from(bytes)",
      "frame.Uint8Array.from(bytes).buffer",
      "new frame.Response(bytes, { headers: { 'content-type': 'application/wasm' } })",
      "new frame.URL('/pkg/she_ood_bg.wasm', location.href)",
    ]) {
      const page = await blank({ entry });
      await withFrame(page);
      const score = await page.evaluate(async (make) => {
        globalThis.bytes = new Uint8Array(
          await (await fetch("/pkg/she_ood_bg.wasm")).arrayBuffer(),
        );
        // biome-ignore lint/security/noGlobalEval: the sources listed above are text
        await she.init(await eval(make));
        return (await (await she.Detector.embedded()).score(new Float32Array(784))).score;
      }, make);
      assert.ok(Number.isFinite(score), make);
      await page.close();
    }
  }
});

test("addresses are relative to the document's base, in frames of no address too", async () => {
  const page = await open();
  const said = await page.evaluate(async () => {
    const said = {};
    const frames = { srcdoc: { srcdoc: "<!doctype html><title>frame</title>" }, "about:blank": {} };
    const frameOf = async (attributes) => {
      const element = Object.assign(document.createElement("iframe"), attributes);
      const loaded = new Promise((resolve) => (element.onload = resolve));
      document.body.append(element);
      if (attributes.srcdoc) await loaded;
      return element.contentWindow;
    };
    for (const entry of ["index", "worker"]) {
      for (const [name, attributes] of Object.entries(frames)) {
        const window = await frameOf(attributes);
        const { Detector } = await window.eval(`import("${location.origin}/pkg/${entry}.js")`);
        said[`${name} ${entry}`] = await outcome(Detector.load("models/cifar10.onnx"));
      }
    }
    document.head.append(Object.assign(document.createElement("base"), { href: "/models/" }));
    for (const [entry, { Detector, Model }] of Object.entries({
      index: direct,
      worker: she,
    })) {
      said[`base ${entry}`] = await outcome(Detector.load("cifar10.onnx"));
      said[`base ${entry}, layers`] = await outcome(Model.load("./cifar10.onnx", { cache: true }));
      said[`kept ${entry}`] = Boolean(
        await (await caches.open("she-ood")).match("/models/cifar10.onnx"),
      );
    }
    const fresh = await import("/pkg/slim.js?fresh");
    said.WebAssembly = await outcome(fresh.init("../pkg/she_ood_bg.wasm"));
    return said;
  });
  assert.deepEqual(
    Object.values(said),
    Object.keys(said).map((name) => (name.startsWith("kept") ? true : "done")),
    JSON.stringify(said),
  );
  await page.close();
});

test("drawings without a size of their own get the page's score in workers", async () => {
  const page = await open();
  const said = await page.evaluate(async () => {
    const sizes = {
      none: "",
      box: 'viewBox="0 0 10 10"',
      wide: 'viewBox="0 0 20 10"',
      percent: 'width="100%" height="100%"',
      half: 'width="50%" height="50%" viewBox="0 0 10 10"',
      width: 'width="30"',
      both: 'width="40" height="30"',
    };
    const [here, there] = [
      await direct.Detector.load("/models/cifar10.onnx"),
      await she.Detector.load("/models/cifar10.onnx", { workers: 1 }),
    ];
    const blank = here.score(new ImageData(32, 32)).score;
    const said = {};
    for (const [name, size] of Object.entries(sizes)) {
      const svg =
        `<svg xmlns="http://www.w3.org/2000/svg" ${size}>` +
        `<rect width="60%" height="100%" fill="red"/></svg>`;
      const image = Object.assign(new Image(), {
        src: `data:image/svg+xml,${encodeURIComponent(svg)}`,
      });
      await image.decode();
      const [one, other] = [here.score(image).score, (await there.score(image)).score];
      said[name] = one === other && one !== blank;
    }
    // Shown at twice the density.
    const dense = Object.assign(new Image(), { srcset: "/www/dist/objects.png 2x" });
    await dense.decode();
    said.dense = here.score(dense).score === (await there.score(dense)).score;
    return said;
  });
  assert.deepEqual(
    Object.keys(said).filter((name) => !said[name]),
    [],
    JSON.stringify(said),
  );
  await page.close();
});

test("null in place of options means none, and wrong options are named", async () => {
  const page = await open();
  const said = await page.evaluate(async () => {
    const detector = await she.Detector.load("/models/cifar10.onnx", null);
    const values = new Float32Array(3072);
    const fitter = await she.Fitter.create("/models/cifar10.onnx", {
      layers: ["pooled"],
      workers: 1,
    });
    const none = [
      she.Detector.embedded(null),
      detector.score(values, null),
      detector.explain(values, null),
      detector.features(values, null),
      detector.scoreBatch(values, null),
      fitter.pushBatch(values, [1], null),
      fitter.pushBatch(values, new BigInt64Array([1n]), null),
      she.Model.load("/models/cifar10.onnx", null),
      she.init("/pkg/she_ood_bg.wasm", null),
    ];
    const said = [await Promise.all(none.map(outcome)), await outcome(fitter.finish(null))];
    const layers = ["pooled"];
    const wrong = [
      { holdOut: NaN },
      { react: Infinity },
      { minCount: 1.5 },
      { store: NaN },
      { preprocess: { mean: NaN } },
      { preprocess: { std: [1, NaN, 1] } },
      { similarity: { hopfield: { beta: NaN } } },
      { holdOut: "0.1" },
      { workers: NaN },
      { workers: "2" },
      { timeout: NaN },
      { timeout: null },
    ];
    said.push(
      await Promise.all(
        wrong.map((options) =>
          outcome(she.Fitter.create("/models/cifar10.onnx", { layers, ...options })),
        ),
      ),
    );
    said.push(
      await outcome(fitter.finish({ idPassRate: NaN })),
      await outcome(she.Detector.load("/models/cifar10.onnx", { limits: { bytes: NaN } })),
      await outcome(detector.score(values, 3)),
    );
    said.push(
      await outcome(
        detector.score({
          data: new Uint8Array(2 ** 31 - 4 * 2 ** 14),
          width: 2 ** 14,
          height: 2 ** 15 - 1,
        }),
      ),
    );
    return said;
  });
  assert.deepEqual(said, [
    Array(9).fill("done"),
    "fit",
    Array(12).fill("invalid-option"),
    "invalid-option",
    "invalid-option",
    "invalid-option",
    "image-size",
  ]);
  await page.close();
});

test("errors of workers, and of what waits for them, name the page that helps", async () => {
  const page = await open();
  const errors = await page.evaluate(async () => {
    const shown = ({ code, help }) => ({ code, help });
    const detector = await she.Detector.embedded();
    const refused = await detector.score(new Float32Array(784).fill(NaN)).catch(shown);
    detector.dispose();
    return [refused, await detector.score(new Float32Array(784)).catch(shown)];
  });
  for (const [i, code] of ["not-finite", "disposed"].entries()) {
    const { help } = new inNode.SheError(code, "");
    assert.ok(help.endsWith(`/docs/errors.html#${code}`), help);
    assert.deepEqual(errors[i], { code, help });
  }
  await page.close();
});

test("a worker's script that is missing is named, and the next try begins anew", async () => {
  const page = await open((page) =>
    page.route("**/worker/thread.js", (route) => route.fulfill({ status: 404, body: "gone" })),
  );
  const first = await page.evaluate(() =>
    she.Detector.embedded().catch(({ code, message }) => `${code}: ${message}`),
  );
  assert.match(first, /^load-failed: the worker's script could not be started: is it beside/);
  await page.unroute("**/worker/thread.js");
  assert.equal(await page.evaluate(() => outcome(she.Detector.embedded())), "done");
  await page.close();
});

test("the package of another origin, a CDN's say, starts its workers too", async () => {
  const [page, cdn] = [await browser.newPage(), await serve()];
  // Any document that the server really sends: Chromium lets no made-up one ask the loopback
  // address.
  await page.goto(`${server.url}package.json`);
  const isOod = await page
    .evaluate(async (url) => {
      const { Detector } = await import(`${url}pkg/worker.js`);
      return (await (await Detector.embedded()).score(new Float32Array(784))).isOod;
    }, cdn.url)
    .finally(cdn.close);
  assert.equal(isOod, true);
  await page.close();
});

test("where there are no web workers, it says so", async () => {
  await assert.rejects(inNode.Detector.embedded(), {
    name: "SheError",
    code: "load-failed",
    message: /no Web Workers here/,
  });
});
