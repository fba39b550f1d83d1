// What docs/security.md promises of privacy, in Chromium: once loaded, nothing asks the network for
// anything.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PICTURES, start } from "./chromium.js";

let blank, visit, close;

before(async () => ({ blank, visit, close } = await start()));
after(() => close?.());

/** All that a page asks for from now on, its workers' requests among them. */
function requests(page) {
  const asked = [];
  page.context().on("request", (request) => asked.push(request.url()));
  return asked;
}

/**
 * Every call that there is, on values and on everything that holds a picture, answered in words.
 */
const EVERY_CALL = `
  globalThis.everyCall = async (she, detector, fitter, pictures) => {
    const { Detector, Fitter, Model, Teacher, decode, metrics } = she;
    const size = detector.info.inputShape.reduce((a, b) => a * b);
    const values = new Float32Array(40 * size).map((_, i) => Math.sin(i));
    const labels = Uint32Array.from({ length: 40 }, (_, i) => i % 10);
    for (const input of [values.slice(0, size), ...Object.values(pictures)]) {
      const sample = input instanceof Blob ? await decode(input) : input;
      await detector.score(sample);
      await detector.explain(sample);
      await detector.features(sample);
      await fitter.push(sample, 0);
    }
    const { scores } = await detector.scoreBatch(values);
    await detector.calibration();
    const bytes = await detector.toBytes();
    await fitter.pushBatch(values, labels);
    const fitted = await fitter.finish();
    const { auroc } = await metrics.evaluate(scores, scores);
    const again = await Detector.load(bytes);
    const { layers } = await Model.load(bytes);
    const teacher = await Teacher.create(bytes);
    for (const [name, input] of Object.entries(pictures))
      await teacher.add(name, input instanceof Blob ? await decode(input) : input);
    await teacher.score(values.slice(0, size));
    await teacher.correct("noise");
    await Detector.load(await teacher.toBytes());
    const failure = await Detector.load(new Uint8Array(9)).catch((error) => error.code);
    return [
      scores.length,
      auroc,
      (await fitted.score(values.slice(0, size))).layers.length,
      again.info.labels.length,
      layers.length > 5,
      teacher.info.examples === Object.keys(pictures).length + 1,
      failure,
    ];
  };`;

for (const entry of ["index", "inline", "worker"]) {
  test(`she-ood/${entry}: once loaded, no call uses the network or needs one`, async () => {
    const page = await blank({ entry });
    await page.evaluate(PICTURES);
    await page.evaluate(EVERY_CALL);
    await page.evaluate(
      async (workers) => {
        const options = { layers: ["pooled"], holdOut: 0, preprocess: {}, ...workers };
        globalThis.detector = await she.Detector.load("/models/cifar10.onnx", workers);
        globalThis.fitter = await she.Fitter.create("/models/cifar10.onnx", options);
        globalThis.pictures = await picturesOf(await (await fetch("/www/dist/objects.png")).blob());
      },
      entry === "worker" ? { workers: 1 } : {},
    );
    const asked = requests(page);
    // Workers that start later fetch their script from the browser's cache, so those that there are
    // do everything here.
    if (entry !== "worker") await page.context().setOffline(true);
    const said = await page.evaluate(() => everyCall(she, detector, fitter, pictures));
    assert.deepEqual(said, [40, 0.5, 1, 10, true, true, "invalid-model"]);
    const scripts = (url) => entry === "worker" && new URL(url).pathname.startsWith("/pkg/");
    assert.deepEqual(
      asked.filter((url) => !url.startsWith("blob:") && !scripts(url)),
      [],
    );
    await page.context().close();
  });
}

/** Draws a stroke and waits for the report on it. */
async function judged(page) {
  const pad = await page.locator("#pad").boundingBox();
  await page.mouse.move(pad.x + 60, pad.y + 60);
  await page.mouse.down();
  await page.mouse.move(pad.x + 60, pad.y + 200, { steps: 10 });
  await page.mouse.up();
  await page.waitForSelector('#report[aria-busy="false"]');
}

test("the pages send nothing that is drawn, photographed or chosen, and work offline", async () => {
  const { page, complaints } = await visit("index.html");
  await page.waitForSelector('#report[aria-busy="false"]');
  // Which keeps the page for visits without a network.
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForLoadState("networkidle");
  const asked = requests(page);
  const sent = [];
  page.context().on("request", (request) => request.method() !== "GET" && sent.push(request.url()));
  await page.context().setOffline(true);
  await judged(page);
  assert.deepEqual(
    [asked.filter((url) => !/^(blob|data):/.test(url)), sent, complaints],
    [[], [], []],
  );
  await page.reload();
  await judged(page);
  await page.context().close();
});

test("the pages work where nothing can be kept", async () => {
  const { page, complaints } = await visit("index.html");
  await page.waitForSelector('#report[aria-busy="false"]');
  await page.evaluate(() => navigator.serviceWorker.ready);
  const [worker] = page.context().serviceWorkers();
  const full = (name) =>
    worker.evaluate(
      (name) =>
        (Cache.prototype[name] = () =>
          Promise.reject(new DOMException("full", "QuotaExceededError"))),
      name,
    );
  await full("put");
  await page.reload();
  await judged(page);
  await full("match");
  await page.reload();
  await judged(page);
  assert.deepEqual(complaints, []);
  await page.context().close();
});

test("a detector's file holds the model, means, counts and quantiles, and no sample", async () => {
  const page = await blank();
  const { length, model, layers, classes, calibration } = await page.evaluate(async () => {
    const bytes = async (path) => (await (await fetch(path)).arrayBuffer()).byteLength;
    const { Fitter } = she;
    const fitter = await Fitter.create("/models/digits-model.onnx", {
      layers: ["dense_relu"],
      holdOut: 0.5,
    });
    const values = new Float32Array(400 * 784).map((_, i) => Math.abs(Math.sin(i)));
    await fitter.pushBatch(
      values,
      Uint32Array.from({ length: 400 }, (_, i) => i % 5),
    );
    const detector = await fitter.finish();
    const { info } = detector;
    return {
      length: detector.toBytes().length,
      model: await bytes("/models/digits-model.onnx"),
      layers: info.layers,
      classes: info.classes.length,
      calibration: info.calibrationSize,
    };
  });
  // Four bytes a value in base64; the rest is names and settings.
  const values = classes * layers.reduce((sum, { size }) => sum + size, 0) + calibration;
  assert.ok(
    length - model - Math.ceil((values * 16) / 3) < 2000,
    `${length} bytes, the model has ${model}, patterns and scores ${values} values`,
  );
  assert.ok(length - model < 400 * 784, "fewer bytes than the samples have values");
  await page.close();
});
