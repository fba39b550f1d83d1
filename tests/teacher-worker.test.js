// Teaching in a web worker, in Chromium: as on the page, in the order of the calls, whatever
// becomes of the worker.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { PICTURES, start } from "./chromium.js";

let blank, close;

before(async () => ({ blank, close } = await start()));
after(() => close?.());

/** A page with `she` from the worker entry, `direct` from the main one, and digits to teach. */
async function open() {
  const page = await blank({ entry: "worker" });
  await page.evaluate(async () => {
    globalThis.direct = await import("/pkg/index.js");
    /** What a promise comes to, in a word. */
    globalThis.outcome = (promise) =>
      promise.then(
        () => "done",
        (error) => error.code ?? error.message,
      );
    const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
    const golden = await (await fetch("/tests/data/golden.json")).json();
    const pixels = bytes(golden.mini_images.base64);
    globalThis.digits = [...bytes(golden.mini_labels.base64)].map((label, i) => ({
      label: `digit ${label}`,
      values: Float32Array.from(pixels.subarray(784 * i, 784 * (i + 1)), (pixel) => pixel / 255),
    }));
    globalThis.begin = ({ Teacher }, options) =>
      Teacher.create("/tests/data/mnist_mlp_0-4.onnx", options);
    globalThis.taught = async (entry, options) => {
      const teacher = await begin(entry, options);
      for (const { label, values } of digits.slice(0, 60)) await teacher.add(label, values);
      return teacher;
    };
    /** All that a teacher says, as text. */
    globalThis.said = async (teacher) => {
      const reports = [];
      for (const { values } of digits.slice(60, 90)) {
        const { timings, ...report } = await teacher.score(values);
        reports.push(report);
      }
      const examples = (await teacher.examples()).map(({ features, ...example }) => [
        example,
        [...features],
      ]);
      return JSON.stringify([teacher.info, reports, examples, [...(await teacher.toBytes())]]);
    };
    /** A teacher whose model fails inside WebAssembly for any number but 0, 1 and 2. */
    globalThis.fragile = async (options) => {
      const teacher = await she.Teacher.create("/tests/data/trap.onnx", {
        layer: "features",
        ...options,
      });
      await teacher.add("one", Float32Array.of(1));
      await teacher.add("two", Float32Array.of(2));
      return teacher;
    };
  });
  return page;
}

/** Waits until so many workers are left; those that end take a moment to be gone. */
async function workersLeft(page, count) {
  for (let i = 0; i < 100 && page.workers().length !== count; i++) await page.waitForTimeout(20);
  assert.equal(page.workers().length, count);
}

test("a teacher in a worker says what the one on the page says, to the last byte", async () => {
  const page = await open();
  const [same, alike, restored] = await page.evaluate(async () => {
    const lesson = async (entry) => {
      const teacher = await taught(entry);
      const { id } = await teacher.add("wrong", digits[100].values);
      await teacher.forget(id);
      await teacher.move(3, "moved");
      await teacher.rename("digit 1", "one");
      await teacher.score(digits[101].values);
      await teacher.correct("corrected");
      await teacher.scoreFeatures((await teacher.examples())[0].features);
      await teacher.correct("corrected");
      await teacher.addFeatures("digit 0", (await teacher.examples())[1].features);
      await teacher.add("removed", digits[102].values);
      await teacher.remove("removed");
      return teacher;
    };
    const [there, here] = [await lesson(she), await lesson(direct)];
    const text = await said(there);
    const examples = await there.examples();
    const again = await begin(she, { examples });
    const plain = await begin(direct, { examples });
    const file = await there.toBytes();
    const [detector, report] = [await she.Detector.load(file), await there.score(digits[9].values)];
    const { score, verdict } = await detector.score(digits[9].values);
    detector.dispose();
    return [
      text === (await said(here)),
      score === report.score && verdict === report.verdict,
      (await said(again)) === (await said(plain)),
    ];
  });
  assert.deepEqual([same, alike, restored], [true, true, true]);
  await workersLeft(page, 2);
  await page.close();
});

test("calls that are not awaited are done in their order", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const teacher = await begin(she);
    const calls = digits.slice(0, 20).map(({ values }) => teacher.add("a", values));
    calls.push(teacher.rename("a", "b"), teacher.add("a", digits[0].values), teacher.forget(4));
    const before = teacher.score(digits[0].values);
    calls.push(teacher.remove("a"));
    const after = teacher.score(digits[0].values);
    const ids = (await Promise.all(calls)).slice(0, 20).map(({ id }) => id);
    return [
      ids.every((id, i) => id === i),
      teacher.info.classes,
      (await before).probabilities.length,
      (await after).probabilities.length,
      (await teacher.examples()).length,
    ];
  });
  assert.deepEqual(found, [true, [{ label: "b", count: 19 }], 2, 1, 19]);
  await page.close();
});

test("every kind of picture is taken, and stays the caller's", async () => {
  const page = await open();
  await page.evaluate(PICTURES);
  const kinds = await page.evaluate(async () => {
    const pictures = await picturesOf(await (await fetch("/www/public/objects.png")).blob());
    const Teachers = [she, direct].map(({ Teacher }) =>
      Teacher.create("/tests/data/parity/rgb.onnx", { preprocess: {} }),
    );
    const [there, here] = await Promise.all(Teachers);
    const kinds = [];
    const plain = (...colour) => new ImageData(new Uint8ClampedArray([...colour, 255]), 1, 1);
    for (const teacher of [there, here])
      for (const blue of [255, 200, 100]) await teacher.add("plain", plain(40, 90, blue));
    for (const [name, picture] of Object.entries(pictures)) {
      const sample = picture instanceof Blob ? await direct.decode(picture) : picture;
      await there.add("objects", picture);
      here.add("objects", sample);
      kinds.push([name, (await there.score(picture)).score === here.score(sample).score]);
      const [far, near] = [await there.preview(picture), await here.preview(sample)];
      kinds.push([
        `preview of ${name}`,
        `${far.width} ${far.data}` === `${near.width} ${near.data}`,
      ]);
    }
    const features = async (teacher) =>
      JSON.stringify((await teacher.examples()).map(({ features }) => [...features]));
    kinds.push(["all features", (await features(there)) === (await features(here))]);
    pictures.frame.close();
    return kinds;
  });
  assert.equal(kinds.length, 15);
  for (const [name, same] of kinds) assert.ok(same, name);
  await page.close();
});

test("embeddings are taught in a worker, too", async () => {
  const page = await open();
  const same = await page.evaluate(async () => {
    const texts = [];
    for (const { Teacher } of [she, direct]) {
      const teacher = await Teacher.ofFeatures(2);
      const features = Float32Array.of(0, 1);
      for (let i = 0; i < 20; i++) {
        features[0] = i / 100;
        await teacher.addFeatures("north", features);
        await teacher.addFeatures("east", Float32Array.of(1, i / 90));
      }
      const { timings, ...report } = await teacher.scoreFeatures(Float32Array.of(1, 0.05));
      texts.push(JSON.stringify([report, teacher.info, [...(await teacher.toBytes())]]));
    }
    return [texts[0] === texts[1], JSON.parse(texts[0])[0].predicted.label];
  });
  assert.deepEqual(same, [true, "east"]);
  await page.close();
});

test("an aborted example is not taught, and an aborted score not corrected", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const teacher = await taught(she);
    const before = await said(teacher);
    const outcomes = [];
    for (const call of ["add", "score"]) {
      const args = call === "add" ? ["aborted", digits[70].values] : [digits[70].values];
      const controller = new AbortController();
      const under = outcome(teacher[call](...args, { signal: controller.signal }));
      const waiting = outcome(teacher[call](...args, { signal: controller.signal }));
      controller.abort(new Error("enough"));
      const late = outcome(teacher[call](...args, { signal: controller.signal }));
      outcomes.push(await under, await waiting, await late);
    }
    return [outcomes, (await said(teacher)) === before];
  });
  assert.deepEqual(found, [Array(6).fill("enough"), true]);
  await workersLeft(page, 1);
  await page.close();
});

test("a worker that crashes is replaced by one that has learned all of it", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const teacher = await fragile();
    const before = JSON.stringify([teacher.info, await teacher.examples()]);
    const file = [...(await teacher.toBytes())].join();
    const seven = Float32Array.of(7);
    const outcomes = [];
    for (const call of [
      () => teacher.add("seven", seven),
      () => teacher.score(seven),
      () => teacher.add("seven", seven),
    ])
      outcomes.push(await outcome(call()));
    await teacher.score(Float32Array.of(2));
    // A correction of what was scored before a crash; calls behind the crash wait for the next.
    const calls = [teacher.score(seven), teacher.correct("two"), teacher.rename("two", "zwei")];
    outcomes.push(...(await Promise.all(calls.map(outcome))));
    const { id } = (await teacher.examples()).at(-1);
    await teacher.forget(id);
    await teacher.rename("zwei", "two");
    return [
      outcomes,
      JSON.stringify([teacher.info, await teacher.examples()]) === before,
      [...(await teacher.toBytes())].join() === file,
    ];
  });
  const crashed = ["internal", "internal", "internal", "internal", "done", "done"];
  assert.deepEqual(found, [crashed, true, true]);
  await workersLeft(page, 1);
  await page.close();
});

test("a teacher refuses in a worker what it refuses on the page", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const refusals = async (entry) => {
      const teacher = await taught(entry);
      const words = (call) =>
        (async () => call())().then(
          () => "done",
          ({ code, message }) => `${code}: ${message}`,
        );
      const said = [];
      for (const call of [
        () => teacher.correct("digit 0"),
        () => teacher.add(" ", digits[0].values),
        () => teacher.add(7, digits[0].values),
        () => teacher.add("digit 0", new Float32Array(3)),
        () => teacher.add("digit 0", new Float32Array(784).fill(NaN)),
        () => teacher.add("digit 0", { data: new Uint8Array(4), width: 2, height: 1 }),
        () => teacher.addFeatures("digit 0", new Float32Array(3)),
        () => teacher.addFeatures("digit 0", [1, 2, 3]),
        () => teacher.scoreFeatures(new Float32Array(3)),
        () => teacher.forget(1000),
        () => teacher.move("0", "digit 0"),
        () => teacher.rename("digit 0", "digit 1"),
        () => teacher.rename("nobody", "digit 1"),
        () => teacher.remove("nobody"),
        () => begin(entry, { idPassRate: 2 }),
        () => begin(entry, { examples: [{ label: "a", features: new Float32Array(3) }] }),
        () => entry.Teacher.ofFeatures(0),
        () => begin(entry).then((empty) => empty.score(digits[0].values)),
      ])
        said.push(await words(call));
      return [said, teacher.info.examples];
    };
    return [await refusals(she), await refusals(direct), await outcome(begin(she, { workers: 2 }))];
  });
  const [there, here, workers] = found;
  assert.deepEqual(there, here);
  assert.ok(there[0].every((words) => words !== "done"));
  assert.equal(workers, "invalid-option");
  await page.close();
});

test("disposing a teacher ends its worker and its calls", async () => {
  const page = await open();
  const found = await page.evaluate(async () => {
    const teacher = await taught(she);
    const waiting = [
      teacher.add("digit 0", digits[0].values),
      teacher.score(digits[0].values),
      teacher.rename("digit 0", "zero"),
      teacher.examples(),
    ].map(outcome);
    teacher.dispose();
    teacher[Symbol.dispose]();
    const later = [
      teacher.add("digit 0", digits[0].values),
      teacher.forget(0),
      teacher.correct("digit 0"),
      teacher.toBytes(),
      teacher.examples(),
      (async () => teacher.info)(),
    ].map(outcome);
    const terminated = await taught(she);
    she.terminate();
    return [
      await Promise.all(waiting),
      await Promise.all(later),
      await outcome(terminated.score(digits[0].values)),
    ];
  });
  assert.deepEqual(found, [Array(4).fill("disposed"), Array(6).fill("disposed"), "disposed"]);
  await workersLeft(page, 0);
  await page.close();
});
