// she-ood beside what one would use instead, in one run: in Chromium and in Node, on the same
// models and inputs, in turns.
//
//     make bench-web                                 all models
//     ROUNDS=1 node benches/compare.js digits mlp    some of them, in few rounds
//
// Prints a table for each model and place, and writes all figures to docs/performance.json, of
// which benches/chart.js makes docs/performance.svg.
import { writeFileSync } from "node:fs";
import os from "node:os";
import { MODELS } from "./models.js";
import { FLOPS_A_TURN, peakModule } from "./peak.js";
import { chromium } from "./places/chromium.js";
import { node } from "./places/node.js";
import { inTurns, ratios } from "./rounds.js";
import { bundle, downloads, PEER, RUNTIMES } from "./runtimes.js";

const ROUNDS = Number(process.env.ROUNDS ?? 9);
/** Rounds of what takes long. */
const FEW = Math.min(ROUNDS, 5);
/** The package in workers, which only takes part in a page's batches. */
const POOL = "she-ood-worker";

const beside = (values, ours = "she-ood") => ratios(values, ours, RUNTIMES, PEER);

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

async function batches(room, model, pools) {
  if (!model.batch) return {};
  const times = await inTurns(
    [...RUNTIMES, ...pools],
    (runtime) => room.call("batch", runtime, model),
    FEW,
  );
  const onWorkers = pools.map((pool) => ["batch, per image, workers", beside(times, pool)]);
  return { "batch, per image": beside(times), ...Object.fromEntries(onWorkers) };
}

/** The scores of all are the same, or nothing is worth timing. */
async function agreement(room, name, model) {
  const difference = await room.call("difference", RUNTIMES, model);
  if (!(difference <= 1e-5))
    throw new Error(`${name}: the scores differ by ${difference} of their size`);
  return { difference };
}

/** All times of a model in a place. */
async function times(place, name, model, pools) {
  const cold = await coldStarts(place, name, model);
  const room = await place.room();
  await room.call("hold", [...RUNTIMES, ...pools], name, model);
  const agreed = await agreement(room, name, model);
  const one = beside(
    await inTurns(RUNTIMES, (runtime) => room.call("one", runtime, model), ROUNDS),
  );
  const found = { ...agreed, ...cold, "one score": one, ...(await batches(room, model, pools)) };
  found["share of SHE"] = await room.call("share", model);
  const peak = await room.call("peak", peakModule(), FLOPS_A_TURN);
  found["GFLOP/s"] = { "she-ood": (2 * model.multiplications) / one["she-ood"], peak };
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
    runtime.replace(POOL, "she-ood"),
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

async function measured(place, title, pools = []) {
  const chosen = process.argv.slice(2);
  const models = {};
  for (const [name, model] of Object.entries(MODELS)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    models[name] = {
      ...(await times(place, name, model, pools)),
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
results.models = await measured(browser, "Chromium", [POOL]);
results.node = { version: server.version, models: await measured(server, "Node") };
writeFileSync("docs/performance.json", `${JSON.stringify(results, null, 1)}\n`);
