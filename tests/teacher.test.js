// Teaching in Node: a teacher that was changed in any way is the one that was taught at once.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Detector, Fitter, Model, Teacher } from "she-ood";
import { assertCode } from "./refused.js";

const read = (name) => readFileSync(new URL(`data/${name}`, import.meta.url));
const golden = JSON.parse(read("golden.json"));
const pixels = Buffer.from(golden.mini_images.base64, "base64");
const labels = [...Buffer.from(golden.mini_labels.base64, "base64")];

/** Handwritten digits 0 to 4, as inputs of the model and as pictures. */
const digits = labels.map((label, i) => {
  const gray = pixels.subarray(784 * i, 784 * (i + 1));
  const data = Uint8Array.from({ length: 4 * 784 }, (_, j) => (j % 4 === 3 ? 255 : gray[j >> 2]));
  const values = Float32Array.from(gray, (pixel) => pixel / 255);
  return { label: `digit ${label}`, values, picture: { data, width: 28, height: 28 } };
});
const [lessons, exam] = [digits.slice(0, 60), digits.slice(60)];

const BACKBONE = read("mnist_mlp_0-4.onnx");
const begin = (options) => Teacher.create(BACKBONE, options);

/** A teacher that was taught 60 digits, one after the other. */
async function taught(options) {
  const teacher = await begin(options);
  for (const { label, values } of lessons) teacher.add(label, values);
  return teacher;
}

/** The numbers of a report. */
const numbers = ({ score, threshold, probabilities, layers, predicted, nearest }) => [
  score,
  threshold,
  predicted.probability,
  nearest.similarity,
  ...probabilities,
  ...layers.flatMap((layer) => [layer.score, ...layer.similarities]),
];

/** Asserts that both say the same of every digit of the exam, within 1e-6. */
function assertAlike(one, other, inputs = exam.map(({ values }) => values)) {
  for (const input of inputs) {
    const [a, b] = [one.score(input), other.score(input)];
    assert.deepEqual(
      [a.verdict, a.predicted.label, a.nearest.label, a.set, a.isOod, a.pValue],
      [b.verdict, b.predicted.label, b.nearest.label, b.set, b.isOod, b.pValue],
    );
    const [found, expected] = [numbers(a), numbers(b)];
    assert.equal(found.length, expected.length);
    for (const [i, value] of expected.entries()) {
      const most = 1e-6 * Math.max(1, Math.abs(value));
      const near = found[i] === value || Math.abs(found[i] - value) <= most;
      assert.ok(near, `number ${i}: ${found[i]}, expected ${value}`);
    }
  }
}

test("a few digits of each class are enough to know the others, and nothing else", async () => {
  const teacher = await taught();
  const { info } = teacher;
  assert.equal(info.examples, 60);
  assert.equal(info.needed, 0);
  assert.deepEqual(
    Object.fromEntries(info.classes.map(({ label, count }) => [label, count])),
    Object.fromEntries(
      ["digit 0", "digit 1", "digit 2", "digit 3", "digit 4"].map((name) => [
        name,
        lessons.filter(({ label }) => label === name).length,
      ]),
    ),
  );
  const reports = exam.map(({ values }) => teacher.score(values));
  const right = reports.filter(({ predicted }, i) => predicted.label === exam[i].label).length;
  assert.ok(right / exam.length > 0.9, `${right} of ${exam.length} right`);
  const flagged = reports.filter(({ isOod }) => isOod).length;
  assert.ok(flagged / exam.length < 0.15, `${flagged} of ${exam.length} flagged`);
  for (const report of reports) {
    assert.equal(report.baselines, null);
    assert.ok(Number.isFinite(report.threshold));
    assert.ok(Math.abs(report.probabilities.reduce((a, b) => a + b) - 1) < 1e-6);
  }
  const { timings } = reports.at(-1);
  assert.ok(timings.model > 0 && timings.she >= 0 && timings.image >= 0);
});

test("in any order, with any mistakes taken back, it is the same as at once", async () => {
  const [plain, busy] = [await taught(), await begin()];
  const ids = [];
  const order = lessons.map((_, i) => (i * 37) % lessons.length);
  const wrong = order.slice(0, 15).map((i) => busy.add("digit 7", exam[i].values).id);
  for (const [turn, i] of order.entries()) {
    const { label, values } = lessons[i];
    const name = label === "digit 3" ? "three" : label;
    if (turn % 3 === 0) {
      busy.move(busy.add("elsewhere", values).id, name);
    } else if (turn % 3 === 1) {
      busy.score(values);
      ids.push(busy.correct(name).id);
    } else {
      const { id } = busy.add(name, values);
      busy.forget(id);
      ids.push(busy.add(name, values).id);
    }
    if (turn % 10 === 0) busy.forget(wrong.pop());
    if (turn === 30) busy.rename("three", "3");
    if (turn > 30 && busy.info.classes.some((known) => known.label === "three")) {
      for (const { id } of busy.examples().filter((example) => example.label === "three"))
        busy.move(id, "3");
    }
  }
  busy.remove("digit 7");
  busy.rename("3", "digit 3");
  assert.equal(new Set(ids).size, ids.length);
  const counts = ({ info }) => new Map(info.classes.map(({ label, count }) => [label, count]));
  assert.deepEqual(counts(busy), counts(plain));
  assertAlike(busy, plain);
  assert.deepEqual(busy.toBytes(), plain.toBytes());
});

test("the preprocessing of another teacher is taken over whole", async () => {
  const backbone = read("../../models/efficientnet-lite0.onnx");
  const { resize, ...whole } = (await Teacher.create(backbone)).info.preprocess;
  assert.deepEqual([whole.framing, whole.width, resize], ["crop", 224, 256]);
  const other = await Teacher.create(backbone, { preprocess: whole });
  assert.deepEqual(other.info.preprocess, whole);
  const size = { width: 224, height: 224, framing: "crop" };
  const sized = await Teacher.create(backbone, { preprocess: size });
  assert.equal(sized.info.preprocess.resize, 256);
});

test("a picture is what its pixels are", async () => {
  const byValues = await taught();
  const [{ picture, values }] = exam;
  for (const options of [{}, { preprocess: {} }]) {
    const byPicture = await begin(options);
    for (const { label, picture } of lessons) byPicture.add(label, picture);
    assertAlike(byPicture, byValues);
    assert.equal(byPicture.score(picture).score, byPicture.score(values).score);
  }
  // Twice the scale makes half the values.
  const dark = await begin({ preprocess: { scale: 510 } });
  dark.add("dark", picture);
  dark.add(
    "dark",
    values.map((value) => value / 2),
  );
  const [one, other] = dark.examples();
  assert.deepEqual(one.features, other.features);
  const flat = await Teacher.ofFeatures(8);
  assert.equal(flat.info.preprocess, null);
  await assertCode("no-preprocess", () => flat.add("picture", picture));
  await assertCode("no-preprocess", () => flat.preview(picture));
  const { width, height } = byValues.info.preprocess;
  const shown = await byValues.preview(picture);
  assert.deepEqual([shown.width, shown.height], [width, height]);
});

test("with too few examples it is unsure, and says how many it needs", async () => {
  const teacher = await begin();
  const needed = [];
  for (const { label, values } of lessons) {
    teacher.add(label, values);
    const { info } = teacher;
    const report = teacher.score(exam[0].values);
    assert.equal(report.threshold === Infinity, info.needed > 0, `${info.needed} needed`);
    if (info.needed > 0) assert.deepEqual([report.verdict, report.isOod], ["unsure", false]);
    needed.push(info.needed);
  }
  assert.ok(needed[0] >= 18, `${needed[0]} needed after the first`);
  assert.equal(needed.at(-1), 0);
  // The more is taught, the less is needed.
  assert.deepEqual(
    needed,
    needed.toSorted((a, b) => b - a),
  );
});

test("the same picture twice is no reason to fail", async () => {
  const teacher = await begin();
  const [{ values }, other] = exam;
  for (let i = 0; i < 2; i++) {
    teacher.add("still", values);
    const { verdict, predicted, score } = teacher.score(other.values);
    assert.deepEqual([verdict, predicted.label, Number.isFinite(score)], ["unsure", "still", true]);
  }
});

test("one class alone works, and goes with its last example", async () => {
  const teacher = await begin();
  const ones = digits.filter(({ label }) => label === "digit 1").slice(0, 40);
  const ids = ones.map(({ values }) => teacher.add("a one", values).id);
  const others = digits.filter(({ label }) => label === "digit 0");
  const flagged = others.filter(({ values }) => teacher.score(values).isOod).length;
  assert.ok(flagged / others.length > 0.8, `${flagged} of ${others.length} zeros flagged`);
  assert.deepEqual(teacher.score(ones[0].values).probabilities, [1]);
  for (const id of ids) teacher.forget(id);
  assert.deepEqual(teacher.info.classes, []);
  assert.equal(teacher.info.examples, 0);
  await assertCode("fit", () => teacher.score(ones[0].values));
  await assertCode("fit", () => teacher.toBytes());
});

test("a correction is the example that was scored, once", async () => {
  const teacher = await taught();
  const { values } = exam[0];
  await assertCode("fit", () => teacher.correct("digit 0"), /score a sample first/);
  teacher.score(values);
  await assertCode("invalid-option", () => teacher.correct(" "));
  const example = teacher.correct("corrected");
  const added = teacher.add("corrected", values);
  assert.deepEqual(Object.keys(example), ["id", "label"]);
  assert.equal(added.id, example.id + 1);
  const [one, other] = teacher.examples().slice(-2);
  assert.deepEqual([one.id, one.label], [example.id, "corrected"]);
  assert.deepEqual(one.features, other.features);
  await assertCode("fit", () => teacher.correct("corrected"), /was corrected already/);
  assert.equal(teacher.info.examples, lessons.length + 2);
});

test("what was taught is restored from its features, and from the file", async () => {
  const teacher = await taught();
  teacher.forget(3);
  teacher.move(5, "moved");
  const examples = teacher.examples();
  assert.equal(examples.length, lessons.length - 1);
  const again = await begin({ examples });
  assert.deepEqual(
    again.examples().map(({ id, label }) => [id, label]),
    examples.map(({ label }, i) => [i, label]),
  );
  assert.deepEqual(again.info, teacher.info);
  assertAlike(again, teacher);
  const detector = await Detector.load(teacher.toBytes());
  assertAlike(detector, teacher);
  assert.equal(detector.info.idPassRate, teacher.info.idPassRate);
  assert.equal(detector.info.classify, "patterns");
  assert.ok(detector.info.taught.temperature > 0 && detector.info.taught.accuracy > 0.8);
  assert.equal(detector.info.taught.leaveOneOut, true);
  assert.equal(detector.info.passRateInterval, null);
  // The lists are copies.
  for (const { features } of examples) features.fill(0);
  assertAlike(again, teacher);
});

test("a fit whose patterns classify is what a teacher makes of the same samples", async () => {
  const names = ["digit 0", "digit 1", "digit 2", "digit 3", "digit 4"];
  const options = { classify: "patterns", preprocess: {} };
  const fitted = async (labels) => {
    const fitter = await Fitter.create(BACKBONE, { ...options, ...(labels && { labels }) });
    for (const { label, values } of lessons) fitter.push(values, names.indexOf(label));
    assert.deepEqual(fitter.counts, { fit: lessons.length, calibration: 0 });
    return fitter.finish();
  };
  const [teacher, detector] = [await taught(), await fitted(names)];
  assertAlike(detector, teacher);
  assert.deepEqual(detector.info.labels, names);
  assert.equal(detector.info.classify, "patterns");
  assert.deepEqual((await fitted()).info.labels, ["0", "1", "2", "3", "4"]);
  const { baselines } = detector.score(exam[0].values);
  assert.equal(baselines, null);
  const batch = await detector.scoreBatch(exam[0].values);
  assert.deepEqual([batch.msp, batch.maxLogit, batch.energy], Array(3).fill(new Float32Array()));
  const two = await Fitter.create(BACKBONE, { ...options, labels: ["one", "other"] });
  await assertCode("unknown-class", () => two.push(exam[0].values, 2));
  // Held out samples calibrate where there are some.
  const held = await Fitter.create(BACKBONE, { ...options, labels: names, holdOut: 0.5 });
  for (const { label, values } of lessons) held.push(values, names.indexOf(label));
  const { taught: byHeldOut, passRateInterval } = (await held.finish()).info;
  assert.equal(byHeldOut.leaveOneOut, false);
  assert.ok(passRateInterval[0] <= passRateInterval[1]);
  await assertCode("invalid-option", () => Fitter.create(BACKBONE, { classify: "nobody" }));
});

test("embeddings of any origin are taught without a model", async () => {
  const teacher = await Teacher.ofFeatures(8);
  assert.deepEqual([teacher.info.inputShape, teacher.info.size], [[8], 8]);
  const embedding = (direction, i) =>
    Float32Array.from(
      { length: 8 },
      (_, j) => (j === direction ? 4 : 0) + Math.sin(i * 12.9 + j * 78.2 + direction),
    );
  for (let i = 0; i < 30; i++) {
    teacher.addFeatures("north", embedding(0, i));
    teacher.add("east", embedding(1, i));
  }
  const [known, strange] = [embedding(1, 99), embedding(5, 99)];
  const report = teacher.scoreFeatures(known);
  assert.deepEqual([report.predicted.label, report.isOod], ["east", false]);
  assert.equal(teacher.scoreFeatures(strange).verdict, "unknown");
  assert.equal(teacher.score(known).score, report.score);
  const again = await Teacher.ofFeatures(8, { examples: teacher.examples() });
  const detector = await Detector.load(teacher.toBytes());
  for (const other of [again, detector]) assertAlike(other, teacher, [known, strange]);
  teacher.scoreFeatures(strange);
  teacher.correct("west");
  assert.equal(teacher.info.classes.length, 3);
});

test("features of the same model, computed before, are as good as its inputs", async () => {
  const [byInput, byFeatures] = [await taught(), await begin()];
  for (const { label, features } of byInput.examples()) byFeatures.addFeatures(label, features);
  assertAlike(byFeatures, byInput);
});

test("what cannot be taught is refused by its name, and changes nothing", async () => {
  const teacher = await taught();
  const { size } = teacher.info;
  const before = teacher.info;
  const values = new Float32Array(784);
  for (const label of ["", " ", "\n\t", "\u200b", 7, null, undefined, {}]) {
    await assertCode("invalid-option", () => teacher.add(label, values), /label/);
    await assertCode("invalid-option", () => teacher.move(0, label), /label/);
    await assertCode("invalid-option", () => teacher.rename("digit 0", label), /name|label/);
  }
  for (const id of [-1, 0.5, NaN, "0", 10n, null, undefined, 2 ** 32, 60, 4294967295]) {
    await assertCode("invalid-option", () => teacher.forget(id));
    await assertCode("invalid-option", () => teacher.move(id, "digit 0"));
  }
  await assertCode("invalid-option", () => teacher.rename("digit 9", "nine"), /digit 9/);
  await assertCode("invalid-option", () => teacher.rename("digit 0", "digit 1"), /digit 1/);
  await assertCode("invalid-option", () => teacher.remove("digit 9"), /digit 9/);
  await assertCode("input-length", () => teacher.add("digit 0", new Float32Array(785)), /785/);
  await assertCode("input-length", () => teacher.add("digit 0", new Float32Array(783)), /783/);
  await assertCode("not-finite", () => teacher.add("digit 0", new Float32Array(784).fill(NaN)));
  await assertCode("input-kind", () => teacher.add("digit 0", "picture"));
  await assertCode("input-kind", () => teacher.add("digit 0", new Blob([])), /decode/);
  for (const call of [
    (given) => teacher.addFeatures("digit 0", given),
    (given) => teacher.scoreFeatures(given),
  ]) {
    await assertCode("input-length", () => call(new Float32Array(size + 1)), /expected/);
    await assertCode("input-length", () => call(new Float32Array(0)), /expected/);
    await assertCode("not-finite", () => call(new Float32Array(size).fill(Infinity)));
    await assertCode("input-kind", () => call([1, 2]), /Float32Array/);
    await assertCode("input-kind", () => call(undefined), /Float32Array/);
  }
  assert.deepEqual(teacher.info, before);
  assertAlike(teacher, await taught());
});

test("labels of other case are classes of their own", async () => {
  const teacher = await begin();
  teacher.add("mug", lessons[0].values);
  teacher.add("Mug", lessons[1].values);
  assert.deepEqual(teacher.info.classes.map(({ label }) => label).toSorted(), ["Mug", "mug"]);
});

test("wrong options are named", async () => {
  const refused = (options, message) => assertCode("invalid-option", () => begin(options), message);
  await refused({ passRate: 0.9 }, /no option passRate, allowed: idPassRate, .*layer/);
  await refused({ labels: [] }, /no option labels/);
  await refused({ idPassRate: "0.9" }, /idPassRate is "0.9"/);
  await refused({ idPassRate: 1.5 }, /1\.5/);
  await refused({ layer: 7 }, /layer is 7/);
  await refused({ examples: "none" }, /examples is "none"/);
  await refused({ examples: [{ features: new Float32Array(3) }] }, /examples\[0\]\.label/);
  await refused(7, /options are an object/);
  await assertCode(
    "input-kind",
    () => begin({ examples: [{ label: "a", features: [1] }] }),
    /examples\[0\]\.features/,
  );
  await assertCode("input-length", () =>
    begin({ examples: [{ label: "a", features: new Float32Array(3) }] }),
  );
  await assertCode("unknown-layer", () => begin({ layer: "nowhere" }), /nowhere/);
  for (const size of [0, -1, 1.5, NaN, "8", undefined, 2 ** 32])
    await assertCode("invalid-option", () => Teacher.ofFeatures(size), /size is/);
  await assertCode("invalid-option", () => Teacher.ofFeatures(8, { layer: "x" }), /no option/);
  assert.throws(() => new Teacher(), /not for callers/);
});

test("a pass rate of one's own needs as many examples as its rule says", async () => {
  const teacher = await taught({ idPassRate: 0.8 });
  assert.equal(teacher.info.idPassRate, 0.8);
  const of = (taught) => taught.score(exam[0].values).threshold;
  assert.ok(of(teacher) < of(await taught()));
  const strict = await taught({ idPassRate: 0.99 });
  assert.equal(of(strict), Infinity);
  assert.equal(strict.info.needed, 99 - lessons.length);
});

test("another layer is taught by its name", async () => {
  const { layers } = await Model.load(BACKBONE);
  const { name, features } = layers.find((layer) => layer.features && !layer.default);
  const teacher = await taught({ layer: name });
  assert.deepEqual([teacher.info.layer, teacher.info.size], [name, features]);
  assert.equal(teacher.examples()[0].features.length, features);
});

test("a crash of WebAssembly loses nothing that was taught", async () => {
  const teacher = await taught();
  const flat = await Teacher.ofFeatures(2);
  flat.addFeatures("east", Float32Array.of(1, 0));
  const fragile = await Teacher.create(read("trap.onnx"), { layer: "features" });
  const { id } = fragile.add("one", Float32Array.of(1));
  fragile.add("two", Float32Array.of(2));
  teacher.forget(0);
  const [info, report] = [teacher.info, teacher.score(exam[0].values)];
  for (const failure of [
    () => fragile.score(Float32Array.of(7)),
    () => fragile.add("seven", Float32Array.of(7)),
    () => Model.load(read("panic.onnx")),
  ]) {
    await assertCode("internal", failure, /restarts for the next/);
    const { timings, ...again } = teacher.score(exam[0].values);
    const { timings: _, ...before } = report;
    assert.deepEqual([teacher.info, again], [info, before]);
    assert.equal(flat.info.examples, 1);
    assert.equal(flat.scoreFeatures(Float32Array.of(1, 0)).predicted.label, "east");
    assert.equal(fragile.info.examples, 2);
    assert.ok(fragile.toBytes().length > 0);
  }
  // What was scored before is corrected after, and ids go on to count.
  await assertCode("internal", () => Model.load(read("panic.onnx")));
  assert.equal(teacher.correct("new").id, lessons.length);
  teacher.forget(lessons.length);
  await assertCode("invalid-option", () => teacher.forget(0));
  fragile.forget(id);
  assert.deepEqual(fragile.info.classes, [{ label: "two", count: 1 }]);
});

test("a disposed teacher says so, and disposing twice is harmless", async () => {
  const teacher = await taught();
  teacher.dispose();
  teacher[Symbol.dispose]();
  for (const call of [
    () => teacher.info,
    () => teacher.add("digit 0", exam[0].values),
    () => teacher.addFeatures("digit 0", new Float32Array(3)),
    () => teacher.score(exam[0].values),
    () => teacher.forget(0),
    () => teacher.correct("digit 0"),
    () => teacher.examples(),
    () => teacher.toBytes(),
  ])
    await assertCode("disposed", call);
});
