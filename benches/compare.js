// she-ood beside what one would use instead, in one run: in Chromium and in Node, on the same
// models and inputs, in turns.
//
//     make bench-web                                 all models
//     ROUNDS=1 node benches/compare.js digits mlp    some of them, in few rounds
//
// Prints a table for each model and place, and writes the figures to docs/performance.json, of
// which benches/chart.js makes docs/performance.svg and benches/tables.js the tables of
// docs/performance.md; those of some models go to target/bench/performance.json.
import { writeFileSync } from "node:fs";
import os from "node:os";
import { MODELS } from "./models.js";
import { FLOPS_A_TURN, peakModule } from "./peak.js";
import { chromium } from "./places/chromium.js";
import { node } from "./places/node.js";
import { inTurns, ratios } from "./rounds.js";
import { bundle, downloads, PEER, RUNTIMES, TWO_CORES } from "./runtimes.js";

const chosen = process.argv.slice(2);
const ROUNDS = Number(process.env.ROUNDS ?? 9);
/** Rounds of what takes long. */
const FEW = Math.min(ROUNDS, 5);
/** Ours beside all others, on one thread. */
const beside = (values) => ratios(values, "she-ood", RUNTIMES, PEER);
/** Ours beside the peer on two threads. */
const besideThreads = (values, ours) => ratios(values, ours, [ours, TWO_CORES[1]], TWO_CORES[1]);

async function coldStarts(place, name, model) {
  const times = await inTurns(
    RUNTIMES,
    (runtime) => place.fresh("coldStart", runtime, name, model),
    FEW,
  );
  const part = (key) =>
    Object.fromEntries(
      Object.entries(times).map(([runtime, each]) => [runtime, each.map((time) => time[key])]),
    );
  return { "cold start to first score": beside(part("cold")), "model load": beside(part("load")) };
}

/**
 * One by one and in batches. Workers share batches, while threads also share a score: that is
 * compared with ours on one thread.
 */
async function warm(room, model, twoCores) {
  const [threads] = twoCores.slice(1);
  const one = await inTurns(
    [...RUNTIMES, ...twoCores.slice(1)],
    (runtime) => room.call("one", runtime, model),
    ROUNDS,
  );
  const batch = await inTurns(
    [...RUNTIMES, ...twoCores],
    (runtime) => room.call("batch", runtime, model),
    FEW,
  );
  return {
    "one score": beside(one),
    ...(threads && { "one score, peer on two threads": besideThreads(one, "she-ood") }),
    "batch, per image": beside(batch),
    ...(threads && { "batch, per image, two cores": besideThreads(batch, twoCores[0]) }),
  };
}

/** The scores of all are the same, or nothing is worth timing. */
async function agreement(room, name, model, runtimes) {
  const difference = await room.call("difference", runtimes, model);
  if (!(difference <= 1e-5))
    throw new Error(`${name}: the scores differ by ${difference} of their size`);
  return { difference };
}

/** All times of a model in a place. */
async function times(place, name, model, twoCores) {
  const cold = await coldStarts(place, name, model);
  const room = await place.room();
  const runtimes = [...RUNTIMES, ...twoCores];
  await room.call("hold", runtimes, name, model);
  const agreed = await agreement(room, name, model, runtimes);
  const found = { ...agreed, ...cold, ...(await warm(room, model, twoCores)) };
  found["share of SHE"] = await room.call("share", model);
  const peak = await room.call("peak", peakModule(), FLOPS_A_TURN);
  found["GFLOP/s"] = {
    "she-ood": (2 * model.multiplications) / found["one score"]["she-ood"],
    peak,
  };
  await room.close();
  return found;
}

/**
 * Megabytes after a thousand scores; large models take long, and what they hold is there after a
 * few.
 */
async function memory(place, name, model) {
  const count = Math.min(1000, Math.ceil(1e4 / model.multiplications));
  const held = await inTurns(
    RUNTIMES,
    (runtime) => place.memory("keep", runtime, name, model, count),
    1,
  );
  return {
    "memory, MB": Object.fromEntries(
      Object.entries(held).map(([runtime, [megabytes]]) => [runtime, megabytes]),
    ),
  };
}

function row({ ratio, range, ...ms }) {
  const rounded = Object.entries(ms).map(([runtime, value]) => [
    runtime.replace(/-(worker|threads)$/, ""),
    +value.toFixed(3),
  ]);
  return {
    ...Object.fromEntries(rounded),
    ratio: +ratio.toFixed(2),
    range: range.map((end) => end.toFixed(2)).join(" – "),
  };
}

function print(title, found) {
  const { "GFLOP/s": speed, "memory, MB": held = {}, difference } = found;
  const megabytes = Object.entries(held).map(
    ([runtime, value]) => `${runtime} ${value.toFixed(0)} MB`,
  );
  console.log(
    [
      `${title}: ${speed["she-ood"].toFixed(1)} GFLOP/s of ${speed.peak.toFixed(1)}`,
      ...megabytes,
    ].join(", "),
  );
  console.log(
    `${title}: scores differ by ${difference.toExponential(1)}; ` +
      `SHE is ${(100 * found["share of SHE"]).toFixed(1)} % of a score`,
  );
  console.table(
    Object.fromEntries(
      Object.entries(found)
        .filter(([, { ratio }]) => ratio)
        .map(([what, figures]) => [what, row(figures)]),
    ),
  );
}

async function measured(place, title, twoCores = []) {
  const models = {};
  for (const [name, model] of Object.entries(MODELS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    models[name] = {
      ...(await times(place, name, model, twoCores)),
      ...(place.memory && (await memory(place, name, model))),
    };
    print(`${name}, ${title} ${place.version}`, models[name]);
  }
  await place.close();
  return models;
}

bundle("browser");
bundle("node");
const browser = await chromium();
const server = node();
const machine = {
  date: new Date().toISOString().slice(0, 10),
  cpu: os.cpus()[0].model,
  cores: os.cpus().length,
};
const results = { ...machine, chromium: browser.version, download: downloads() };
console.log(
  `${machine.cpu}, ${machine.cores} cores, Chromium ${browser.version}, ` +
    `Node ${server.version}, ${machine.date}`,
);
console.table(results.download);
results.models = await measured(browser, "Chromium", TWO_CORES);
results.node = { version: server.version, models: await measured(server, "Node") };
const folder = chosen.length > 0 ? "target/bench" : "docs";
writeFileSync(`${folder}/performance.json`, `${JSON.stringify(results, null, 1)}\n`);
