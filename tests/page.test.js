// The page's own rules, each module by itself in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

/** Files that the page has by their address. */
const addresses = {
  name: "addresses",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?url$/ }, ({ path }) => ({ path, namespace: "address" }));
    onLoad({ filter: /.*/, namespace: "address" }, ({ path }) => ({
      contents: path,
      loader: "text",
    }));
  },
};

async function module(name) {
  const entry = fileURLToPath(new URL(`../www/${name}`, import.meta.url));
  const { outputFiles } = await esbuild.build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    write: false,
    plugins: [addresses],
  });
  return import(
    `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
  );
}

const [{ Latest }, words, address, folders] = await Promise.all(
  ["shared/latest.ts", "shared/words.ts", "try/address.ts", "own-model/folders.ts"].map(module),
);

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

test("a share is all or nothing in words only if it is", () => {
  const { percent, share, softmax } = words;
  assert.deepEqual([0, 0.5, 1].map(percent), ["0.0%", "50.0%", "100.0%"]);
  assert.deepEqual([0, 0.5, 1].map(share), ["0.000", "0.500", "1.000"]);
  assert.deepEqual([0.001, 0.0123, 0.999].map(percent), ["0.1%", "1.2%", "99.9%"]);
  for (let digits = 1; digits < 320; digits++) {
    const [little, nearly] = [10 ** -digits, 1 - 10 ** -digits];
    assert.doesNotMatch(percent(little), /^0\.0%$/);
    assert.doesNotMatch(share(little), /^0\.000$/);
    if (nearly === 1) continue;
    assert.notEqual(percent(nearly), "100.0%");
    assert.notEqual(share(nearly), "1.000");
  }
  assert.deepEqual([percent(5e-324), percent(1 - Number.EPSILON / 2)], ["< 0.1%", "> 99.9%"]);
  assert.deepEqual([share(5e-324), share(1 - Number.EPSILON / 2)], ["< 0.001", "> 0.999"]);
  // 5,999 of 6,000, and what float32 makes of a probability.
  assert.deepEqual(
    [percent(5999 / 6000), softmax(Math.fround(1 - 1e-9)), softmax(Math.fround(1e-60))],
    ["> 99.9%", "> 99.9%", "< 0.1%"],
  );
});

const STILL = { rotation: 0, blend: 0, blur: 0, brightness: 0, inversion: 0, noise: 0 };

test("what the page shows comes back by its address", () => {
  const pushes = [
    STILL,
    { ...STILL, rotation: -35, noise: 0.05 },
    { rotation: 5, blend: 0.45, blur: 0.01, brightness: -1, inversion: 1, noise: 1 },
  ];
  for (const kind of ["digits", "objects"]) {
    for (const push of pushes) {
      for (const sample of [0, 59]) {
        const state = { kind, sample, push, partner: push.blend ? 7 : undefined };
        assert.deepEqual(address.fromHash(address.toHash(state)), state);
      }
    }
  }
});

test("an address holds no more than there is to say", () => {
  const { toHash } = address;
  assert.equal(
    toHash({ kind: "digits", sample: undefined, push: { ...STILL, blend: 1 }, partner: 3 }),
    "#kind=digits",
  );
  assert.equal(
    toHash({ kind: "objects", sample: 0, push: STILL, partner: 3 }),
    "#kind=objects&sample=0",
  );
  assert.equal(
    toHash({ kind: "objects", sample: 0, push: { ...STILL, blend: 0.5 }, partner: 3 }),
    "#kind=objects&sample=0&blend=0.5&with=3",
  );
});

test("what is unknown in an address gives way to the usual", () => {
  const usual = { kind: "digits", sample: undefined, push: STILL, partner: undefined };
  for (const hash of [
    "",
    "#",
    "#kind=",
    "#kind=constructor",
    "#kind=toString&sample=",
    "#sample=-1&with=1.5",
    "#blend=Infinity&noise=x&rotation=1e999",
  ]) {
    assert.deepEqual(address.fromHash(hash), usual, hash);
  }
});

const PNG = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const placed = (...paths) =>
  paths.map((path) => ({
    path,
    file: new File([path.endsWith(".txt") ? "words" : PNG], path.split("/").pop()),
  }));
const classes = async (...paths) =>
  (await folders.sortFolders(placed(...paths))).classes.map(({ name, files }) => [
    name,
    files.map((file) => file.name).join(" "),
  ]);

test("class folders are those of the command line: their order is text, their pictures lie as deep as they like", async () => {
  assert.deepEqual(
    (await classes("set/c10/0.png", "set/c2/0.png", "set/c1/0.png")).map(([name]) => name),
    ["c1", "c10", "c2"],
  );
  assert.deepEqual(
    (await classes("set/apple/0.png", "set/Zebra/0.png", "set/bee/0.png")).map(([name]) => name),
    ["Zebra", "apple", "bee"],
  );
  assert.deepEqual(
    await classes("set/ant/10.png", "set/ant/2.png", "set/ant/deep/er/1.png", "set/bee/3.png"),
    [
      ["ant", "10.png 2.png 1.png"],
      ["bee", "3.png"],
    ],
  );
  // Class folders given one by one, and pictures in no class.
  assert.deepEqual(
    (await classes("ant/0.png", "bee/1.png")).map(([name]) => name),
    ["ant", "bee"],
  );
  assert.deepEqual(await classes("flat/0.png", "flat/1.png"), []);
  assert.deepEqual(
    folders.outputsOf([{ name: "0" }, { name: "1" }, { name: "10" }, { name: "2" }], 11),
    [0, 1, 10, 2],
  );
});

test("a class folder without pictures is a class where that makes as many as the model has", async () => {
  const found = await folders.sortFolders(
    placed("set/ant/0.png", "set/bee/notes.txt", "set/cat/1.png"),
  );
  assert.deepEqual(found.empty, ["bee"]);
  assert.deepEqual(
    folders.classesFor(found, 3).map(({ name, files }) => [name, files.length]),
    [
      ["ant", 1],
      ["bee", 0],
      ["cat", 1],
    ],
  );
  for (const outputs of [2, 4])
    assert.deepEqual(
      folders.classesFor(found, outputs).map(({ name }) => name),
      ["ant", "cat"],
    );
});
