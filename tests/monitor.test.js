// `Monitor` of `she-ood/monitor` in Node: the golden numbers, what is saved, fleets, refusals.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { Detector, Teacher } from "../pkg/index.js";
import { Monitor } from "../pkg/monitor.js";
import { Scorer, SheError } from "../pkg/scorer.js";

const read = (file) => readFileSync(new URL(`../${file}`, import.meta.url));
const cases = JSON.parse(read("tests/data/monitor.json"));
const close = (found, expected, tolerance, name) =>
  assert.ok(Math.abs(found - expected) < tolerance, `${name}: ${found}, expected ${expected}`);
const pushAll = (monitor, scores) => scores.map((score) => monitor.push({ score }));
const copied = (value) => JSON.parse(JSON.stringify(value));
const refuses = (call, code, words) =>
  assert.rejects(
    async () => call(),
    (error) => {
      assert.ok(error instanceof SheError, String(error));
      assert.deepEqual([error.code, words.test(error.message)], [code, true], error.message);
      return true;
    },
  );

let detector, known;

before(async () => {
  detector = await Detector.load(read("models/digits.onnx"));
  // Every seventh of the ascending scores in turn: a stream without an order.
  const scores = [...detector.calibration()];
  known = Array.from({ length: 1000 }, (_, i) => scores[(i * 757) % scores.length]);
});

const watching = (id = "monitor") => Monitor.create(detector, { id });

test("evidence, alarms and flag rates are NumPy's", async () => {
  for (const { name, reference, idPassRate, options, stream, ...expected } of cases) {
    const monitor = await Monitor.create({ scores: reference, idPassRate }, options);
    stream.forEach((score, i) => {
      assert.equal(monitor.push({ score }), i + 1 >= (expected.alarm?.sample ?? Infinity), name);
      close(monitor.report.evidence, expected.evidence[i], 1e-9, `${name} ${i}`);
    });
    const { alarm, ...rates } = monitor.report;
    assert.deepEqual(alarm, expected.alarm, name);
    for (const rate of ["all", "window"]) {
      const { pValue, ...counts } = rates[rate];
      const { pValue: expectedP, ...expectedCounts } = expected[rate];
      assert.deepEqual(counts, expectedCounts, name);
      close(pValue, expectedP, 1e-10, `${name} ${rate}`);
    }
    monitor.dispose();
  }
});

test("a detector's calibration is quiet on known scores and alarmed by strangers", async () => {
  const scorer = await Scorer.load(read("models/digits.onnx"));
  const { idPassRate } = detector.info;
  const scores = Float64Array.from(detector.calibration());
  for (const reference of [detector, scorer, { scores, idPassRate }]) {
    const monitor = await Monitor.create(reference);
    assert.ok(pushAll(monitor, known).every((alarmed) => !alarmed));
    const { alarm, all, window } = monitor.report;
    assert.deepEqual([alarm, all.samples, window.samples], [null, 1000, 200]);
    close(all.rate, 1 - idPassRate, 0.02, "flag rate");
    const noise = Float32Array.from({ length: 784 }, (_, i) => Math.abs(Math.sin(i * i)));
    const report = detector.score(noise);
    const delay = Array.from({ length: 30 }, () => monitor.push(report)).indexOf(true) + 1;
    assert.ok(delay > 0 && delay < 12, `${delay}`);
    assert.equal(monitor.report.alarm.sample, 1000 + delay);
    assert.equal(monitor.report.alarm.higher, true);
    close(monitor.report.alarm.since, 1001, 40, "since");
    // It lasts until it starts over.
    assert.ok(pushAll(monitor, known.slice(0, 50)).every((alarmed) => alarmed));
    monitor.reset();
    assert.deepEqual(copied(monitor), copied(await Monitor.create(reference)));
  }
});

test("what is saved goes on as if it had not stopped", async () => {
  const whole = await watching("line 3");
  const stream = [...known.slice(0, 300), ...Array(20).fill(1e9)];
  for (const [i, score] of stream.entries()) {
    if (i % 40 === 0) {
      for (const saved of [JSON.stringify(whole), copied(whole), whole])
        assert.deepEqual(copied(await Monitor.fromJSON(saved)), copied(whole));
    }
    whole.push({ score });
  }
  assert.ok(JSON.stringify(whole).length < 4096);
  const later = await Monitor.fromJSON(JSON.stringify(whole));
  assert.deepEqual(later.report, whole.report);
  assert.equal(later.report.alarm.higher, true);
  for (const score of [known[5], -1e9]) {
    assert.equal(later.push({ score }), whole.push({ score }));
    assert.deepEqual(copied(later), copied(whole));
  }
});

test("a fleet is merged in any order and grouping, and names who has changed", async () => {
  const lines = await Promise.all(["one", "two", "three"].map(watching));
  const parts = lines.map((_, i) => known.slice(300 * i, 300 * (i + 1)));
  lines.forEach((line, i) => void pushAll(line, parts[i]));
  pushAll(lines[1], Array(12).fill(1e9));
  const { report, snapshot } = await Monitor.merge(lines);
  assert.deepEqual([report.devices, report.changed], [3, ["two"]]);
  const single = await watching();
  pushAll(single, [...parts.flat(), ...Array(12).fill(1e9)]);
  assert.deepEqual(report.all, single.report.all);
  const [one, two, three] = lines.map((line) => JSON.stringify(line));
  const pair = (await Monitor.merge([three, one])).snapshot;
  for (const order of [
    [three, two, one],
    [pair, two],
    [two, JSON.stringify(pair)],
    [snapshot],
    new Set(lines),
  ])
    assert.deepEqual(await Monitor.merge(order), { report, snapshot });
});

test("refusals name what is wrong", async () => {
  const monitor = await watching();
  const before = copied(monitor);
  await refuses(() => monitor.push({ score: Number.NaN }), "not-finite", /NaN/);
  for (const report of [null, undefined, 5, {}, { score: "1" }])
    await refuses(() => monitor.push(report), "input-kind", /a score is .* allowed/);
  assert.deepEqual(copied(monitor), before);

  const scores = known.slice(0, 100);
  const create = (reference, options) => () => Monitor.create(reference, options);
  for (const options of [
    ...[0, 1e-101, 1, -1, Number.NaN, "0.01", null].map((alpha) => ({ alpha })),
    ...[19, 1001, 20.5, Number.NaN, "30"].map((window) => ({ window })),
    ...["", 5, "x".repeat(65)].map((id) => ({ id })),
    5,
  ])
    await refuses(create(detector, options), "invalid-option", /allowed|options are an object/);
  for (const options of [{ alpah: 1 }, { alpha: 0.1, ids: "a" }])
    await refuses(
      create(detector, options),
      "invalid-option",
      /no option (alpah|ids), allowed: alpha/,
    );
  for (const reference of [null, 5, {}, { scores }, { scores, idPassRate: 1 }])
    await refuses(create(reference), "invalid-option", /allowed/);
  for (const given of [null, ["1"], "12", new Int8Array(100)])
    await refuses(
      create({ scores: given, idPassRate: 0.95 }),
      "input-kind",
      /^reference\.scores (is|holds)/,
    );
  const few = { scores: scores.slice(0, 18), idPassRate: 0.95 };
  await refuses(create(few), "invalid-monitor", /18 reference scores .* give 1 more/);
  const withNan = { scores: [...scores, Number.NaN], idPassRate: 0.95 };
  await refuses(create(withNan), "not-finite", /NaN at index 100 of the reference scores/);
});

test("damaged and foreign snapshots are refused", async () => {
  const monitor = await watching("one");
  pushAll(monitor, known.slice(0, 60));
  const saved = copied(monitor);
  for (const damage of [
    { samples: 61 },
    { window: "x".repeat(60) },
    { peak: 0 },
    { gaps: [] },
    { format: "she-ood monitor 2" },
    { more: 1 },
    { wealth: [] },
  ])
    await refuses(() => Monitor.fromJSON({ ...saved, ...damage }), "invalid-monitor", /./);
  const text = JSON.stringify(monitor);
  for (const given of ["", "{", text.slice(0, -1), `${text}}`, 5, null, undefined, []])
    await refuses(() => Monitor.fromJSON(given), "invalid-monitor", /monitor/);
  const wide = { ...saved, options: { ...saved.options, alpha: 2 } };
  await refuses(() => Monitor.fromJSON(wide), "invalid-option", /alpha/);

  await refuses(() => Monitor.merge([]), "invalid-monitor", /no snapshots/);
  await refuses(() => Monitor.merge([monitor, text]), "invalid-monitor", /"one" is in the fleet/);
  const other = await Detector.load(read("models/cifar10.onnx"));
  const stranger = await Monitor.create(other, { id: "two" });
  const both = /compares with 2000 scores .* with 1000 scores/;
  await refuses(() => Monitor.merge([monitor, stranger]), "invalid-monitor", both);
  const strict = await Monitor.create(detector, { id: "two", alpha: 0.001 });
  await refuses(() => Monitor.merge([monitor, strict]), "invalid-monitor", /alpha 0.01.*0.001/);
});

test("a detector that was taught by examples gives no calibration of a stream", async () => {
  const teacher = await Teacher.ofFeatures(4);
  for (let i = 0; i < 60; i++)
    teacher.addFeatures(i % 2 ? "a" : "b", Float32Array.of(i % 2, 1 - (i % 2), i / 99, 0.1));
  const taught = await Scorer.load(teacher.toBytes());
  await refuses(() => Monitor.create(taught), "invalid-monitor", /first scores of the stream/);
});

test("a monitor that was disposed refuses every call", async () => {
  const monitor = await watching();
  monitor.dispose();
  monitor.dispose();
  for (const call of [
    () => monitor.push({ score: 0 }),
    () => monitor.report,
    () => monitor.toJSON(),
    () => monitor.reset(),
    () => Monitor.fromJSON(monitor),
  ])
    await refuses(call, "disposed", /disposed/);
  await refuses(() => new Monitor(), "input-kind", /static method/);
});
