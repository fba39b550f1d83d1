// How calls take options, pace themselves, abort, and check files.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { checkAborted, unlessAborted, withSignals } from "../../../pkg/call/abort.js";
import { optionsOf } from "../../../pkg/call/options.js";
import { chunks, Pace } from "../../../pkg/call/pace.js";
import { parseIntegrity, verify } from "../../../pkg/file/integrity.js";
import { LOAD } from "../../../pkg/file/source.js";
import * as page from "../../../pkg/index.js";
import { Monitor } from "../../../pkg/monitor.js";
import { Scorer } from "../../../pkg/scorer.js";
import * as worker from "../../../pkg/worker.js";

test("null stands for no options, and anything but an object is refused", () => {
  assert.deepEqual([optionsOf(null, LOAD), optionsOf(undefined, LOAD)], [{}, {}]);
  const own = optionsOf({ cache: true, signal: undefined, onProgress: null }, LOAD);
  assert.deepEqual(own, { cache: true, onProgress: undefined });
  for (const wrong of [7, "cache", true])
    assert.throws(() => optionsOf(wrong, LOAD), /options are an object such as \{ signal \}/);
  const refused = (options, allowed) => assert.throws(() => optionsOf(options, LOAD), allowed);
  refused({ onProgress: 1 }, /onProgress is 1, allowed: a function/);
  refused({ signal: {} }, /signal is Object, allowed: an AbortSignal/);
});

test("limits are whole numbers of known names", () => {
  const limited = (limits) => optionsOf({ limits }, LOAD).limits;
  assert.deepEqual(limited({ nodes: 5 }), { nodes: 5 });
  assert.equal(limited(null), undefined);
  for (const nodes of [0, -1, 1.5, NaN, "5", null, 2 ** 32])
    assert.throws(() => limited({ nodes }), /limits.nodes is .*, allowed: a whole number from 1/);
  assert.throws(() => limited({ node: 5 }), /no option limits.node, allowed: bytes, nodes, values/);
});

test("every call refuses options that it does not know, and names its own", async () => {
  const file = new Uint8Array();
  const calls = [
    [page.Detector.embedded, "signal, onProgress"],
    [
      (options) => page.Detector.load(file, options),
      "signal, onProgress, cache, integrity, limits",
    ],
    [(options) => page.Model.load(file, options), "layers, logits"],
    [(options) => page.Fitter.create(file, options), "layers, logits"],
    [(options) => page.Fitter.fromBytes(file, file, options), "classConditional, calibration"],
    [(options) => page.Teacher.create(file, options), "idPassRate, examples"],
    [(options) => page.Teacher.ofFeatures(2, options), "idPassRate, examples, signal, onProgress"],
    [(options) => page.init(file, options), "signal, onProgress"],
    [(options) => worker.init(file, options), "signal, onProgress"],
    [(options) => Scorer.load(file, options), "signal, onProgress, cache, integrity, limits"],
    [(options) => Monitor.create({ scores: [0], idPassRate: 0.9 }, options), "alpha, window, id"],
  ];
  for (const [call, allowed] of calls)
    for (const name of ["worker", "timeout", "constructor"])
      await assert.rejects(async () => call({ [name]: 2 }), {
        code: "invalid-option",
        message: RegExp(`^there is no option ${name}, allowed: ${allowed}`),
      });
  const crewed = [
    worker.Detector.embedded,
    (options) => worker.Detector.load(file, options),
    (options) => worker.Model.load(file, options),
    (options) => worker.Fitter.create(file, options),
    (options) => worker.Fitter.fromBytes(file, file, options),
  ];
  for (const call of crewed) {
    await assert.rejects(call({ worker: 2 }), /no option worker, allowed: .*workers, timeout/);
    await assert.rejects(call({ workers: 0 }), /workers is 0, allowed: a whole number from 1/);
    await assert.rejects(
      call({ timeout: 0 }),
      /timeout is 0, allowed: milliseconds above 0, Infinity/,
    );
  }
  const alone = [
    (options) => worker.Teacher.create(file, options),
    (options) => worker.Teacher.ofFeatures(2, options),
  ];
  for (const call of alone)
    await assert.rejects(call({ workers: 2 }), /no option workers, allowed: .*timeout/);
});

test("chunks cover all samples in order, and tell of each", async () => {
  const [ranges, told] = [[], []];
  const onProgress = ({ done }) => told.push(done);
  for await (const range of chunks(1000, { onProgress }, new Pace(), 3)) ranges.push(range);
  assert.equal(ranges[0][0], 0);
  assert.equal(ranges.at(-1)[1], 1000);
  for (const [i, [from]] of ranges.slice(1).entries()) assert.equal(from, ranges[i][1]);
  assert.ok(ranges.slice(0, -1).every(([from, to]) => to - from >= 3));
  assert.deepEqual(
    told,
    ranges.map(([, to]) => to),
  );
});

test("the page handles events between slow chunks", async () => {
  let handled = 0;
  const timer = setInterval(() => handled++, 1);
  for await (const [from] of chunks(60, {}, new Pace(), 5)) {
    const end = performance.now() + 5;
    while (performance.now() < end) assert.ok(from < 60);
  }
  clearInterval(timer);
  assert.ok(handled >= 3, `${handled}`);
});

test("an abort ends chunks between two of them, with its reason", async () => {
  const controller = new AbortController();
  const run = async () => {
    for await (const [from] of chunks(1e6, { signal: controller.signal }, new Pace()))
      if (from > 10) controller.abort(new Error("enough"));
  };
  await assert.rejects(run, /enough/);
});

test("chunks grow while they are quick and shrink when slow, by whole batches", () => {
  const pace = new Pace(8);
  assert.equal(pace.next(6), 6);
  pace.learn(6, 1);
  assert.equal(pace.next(6), 12);
  // The rest of a call, which is no whole batch.
  pace.learn(7, 1);
  assert.equal(pace.next(6), 12);
  pace.learn(12, 9);
  assert.equal(pace.next(6), 6);
  pace.learn(6, 9);
  assert.equal(pace.next(6), 6);
});

test("a call begins with chunks as large as the last one ended with", async () => {
  const [pace, sizes] = [new Pace(1000), []];
  const run = async (total) => {
    for await (const [from, to] of chunks(total, {}, pace, 4)) sizes.push(to - from);
  };
  for (const total of [24, 24, 3, 24]) await run(total);
  assert.deepEqual(sizes, [4, 8, 12, 24, 3, 24]);
});

test("an abort rejects at once with its reason, and cancels", async () => {
  const controller = new AbortController();
  let cancelled = 0;
  const never = unlessAborted(new Promise(() => {}), controller.signal, () => cancelled++);
  controller.abort(new Error("enough"));
  await assert.rejects(never, /enough/);
  assert.equal(cancelled, 1);
  assert.throws(() => checkAborted(controller.signal), /enough/);
  assert.equal(await unlessAborted(Promise.resolve(1)), 1);
});

test("any of several signals aborts joint work", async () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const work = withSignals([undefined, one.signal, other.signal], (signal) =>
    unlessAborted(new Promise(() => {}), signal),
  );
  other.abort(new Error("the other"));
  await assert.rejects(work, /the other/);
});

test("the strongest hashes of integrity count, and one of them must match", async () => {
  const bytes = new TextEncoder().encode("model");
  const hash = (bits) => `sha${bits}-${createHash(`sha${bits}`).update(bytes).digest("base64")}`;
  const right = parseIntegrity(`${hash(256)} sha512-AAAA ${hash(512)}?option`);
  assert.deepEqual([right.algorithm, right.digests.length], ["SHA-512", 2]);
  await verify(bytes, "the model", right);
  await verify(bytes, "the model", parseIntegrity(hash(384).replaceAll("+", "-")));
  await verify(bytes, "the model", parseIntegrity(undefined));
  await assert.rejects(
    () => verify(bytes, "the model", parseIntegrity("sha256-AAAA")),
    /the model is not the file whose SHA-256 is sha256-AAAA/,
  );
  for (const wrong of ["", "md5-AAAA", "sha256", 7])
    assert.throws(() => parseIntegrity(wrong), /integrity is .*, allowed: sha256-/);
});
