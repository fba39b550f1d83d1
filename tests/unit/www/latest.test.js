import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { Latest } = await load("www/shared/latest.ts");

/** A `Latest`, and what it has told so far. */
function observed(failed = () => {}) {
  const told = [];
  const latest = new Latest(
    (busy) => told.push(busy ? "busy" : "idle"),
    (error) => {
      told.push(error.message);
      failed();
    },
  );
  const showing = (words) => async () => () => told.push(words);
  return { latest, told, showing };
}

test("of work that comes meanwhile only the last is done", async () => {
  const { latest, told, showing } = observed();
  await Promise.all(["first", "second", "third"].map((words) => latest.run(showing(words))));
  assert.deepEqual(told, ["busy", "first", "third", "idle"]);
});

test("work goes on after a failure of whatever kind", async () => {
  const failing = {
    "a promise": () => Promise.reject(new Error("failed")),
    "at once": () => {
      throw new Error("failed");
    },
    "while it is shown": async () => () => {
      throw new Error("failed");
    },
  };
  for (const [name, work] of Object.entries(failing)) {
    const { latest, told, showing } = observed();
    const first = latest.run(work);
    latest.run(showing("meanwhile"));
    await first;
    await latest.run(work);
    await latest.run(showing("later"));
    assert.deepEqual(
      told,
      ["busy", "failed", "meanwhile", "idle", "busy", "failed", "idle", "busy", "later", "idle"],
      name,
    );
  }
});

test("work goes on even where a failure cannot be told", async () => {
  const { latest, told, showing } = observed(() => {
    throw new Error("untold");
  });
  await assert.rejects(
    latest.run(() => Promise.reject(new Error("failed"))),
    /untold/,
  );
  await latest.run(showing("later"));
  assert.deepEqual(told, ["busy", "failed", "idle", "busy", "later", "idle"]);
});

test("what is dropped is not shown, neither its result nor its failure", async () => {
  const { latest, told, showing } = observed();
  for (const work of [showing("dropped"), () => Promise.reject(new Error("dropped"))]) {
    const running = latest.run(work);
    latest.run(showing("waiting"));
    latest.drop();
    await running;
  }
  const running = latest.run(showing("dropped"));
  latest.drop();
  latest.run(showing("newer"));
  await running;
  assert.deepEqual(told, ["busy", "idle", "busy", "idle", "busy", "newer", "idle"]);
});

/** A promise, and the function that keeps it. */
function promised() {
  let keep;
  const promise = new Promise((resolve) => {
    keep = resolve;
  });
  return { promise, keep };
}

test("work does not wait for what it replaces, which is told and not shown", async () => {
  const { latest, told, showing } = observed();
  const { promise, keep } = promised();
  let signal;
  const first = latest.run(async (given) => {
    signal = given;
    await promise;
    return () => told.push("stale");
  });
  assert.equal(latest.busy, true);
  latest.replace(showing("newer"));
  assert.equal(signal.aborted, true);
  await first;
  keep();
  await promise;
  assert.equal(latest.busy, false);
  assert.deepEqual(told, ["busy", "newer", "idle"]);
});

test("work that nothing replaces has a signal that is not aborted", async () => {
  const { latest } = observed();
  const seen = [];
  for (let i = 0; i < 2; i++) await latest.run(async (signal) => () => seen.push(signal.aborted));
  assert.deepEqual(seen, [false, false]);
});
