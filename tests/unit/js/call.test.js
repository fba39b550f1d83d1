// How calls take options, pace themselves, abort, and check files.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { checkAborted, unlessAborted, withSignals } from "../../../pkg/call/abort.js";
import { optionsOf } from "../../../pkg/call/options.js";
import { chunks, nextSize } from "../../../pkg/call/pace.js";
import { parseIntegrity, verify } from "../../../pkg/file/integrity.js";
import { limit } from "../../../pkg/file/source.js";

test("null stands for no options, and anything but an object is refused", () => {
  assert.deepEqual(
    [optionsOf(null), optionsOf(undefined), optionsOf({ a: 1 })],
    [{}, {}, { a: 1 }],
  );
  for (const wrong of [7, "cache", true])
    assert.throws(() => optionsOf(wrong), /options are an object such as \{ signal \}/);
  assert.throws(() => optionsOf({ onProgress: 1 }), /onProgress is a function, not Number/);
  assert.throws(() => optionsOf({ signal: {} }), /signal is an AbortSignal, not Object/);
});

test("limits are whole numbers of known names", () => {
  assert.equal(limit("nodes", { limits: { nodes: 5 } }), 5);
  assert.equal(limit("nodes", {}), undefined);
  for (const nodes of [0, -1, 1.5, NaN, "5", null, 2 ** 32])
    assert.throws(() => limit("nodes", { limits: { nodes } }), /the limit of nodes is/);
  assert.throws(() => limit("nodes", { limits: { node: 5 } }), /there is no limit "node"/);
});

test("chunks cover all samples in order, and tell of each", async () => {
  const [ranges, told] = [[], []];
  for await (const range of chunks(1000, { onProgress: ({ done }) => told.push(done) }, 3))
    ranges.push(range);
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
  for await (const [from] of chunks(60, {}, 5)) {
    const end = performance.now() + 5;
    while (performance.now() < end) assert.ok(from < 60);
  }
  clearInterval(timer);
  assert.ok(handled >= 3, `${handled}`);
});

test("an abort ends chunks between two of them, with its reason", async () => {
  const controller = new AbortController();
  const run = async () => {
    for await (const [from] of chunks(1e6, { signal: controller.signal }))
      if (from > 10) controller.abort(new Error("enough"));
  };
  await assert.rejects(run, /enough/);
});

test("chunks grow while they are quick and shrink when slow, never below the least", () => {
  assert.deepEqual([nextSize(8, 1, 8, 1), nextSize(8, 9, 8, 1), nextSize(8, 9, 8, 6)], [16, 4, 6]);
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
