// The command line and the package fit the same folders of pictures: the same detector, warnings
// and errors.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "./chromium.js";
import { png } from "./png.js";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const PROGRAM = join(ROOT, "target/debug/she-ood");
/** Exit code of a fit whose detector is written, but judged not to work. */
const WORKS_BADLY = 3;
// Under the folder that the server shows.
const FOLDER = "target/parity";
const MODELS = "tests/data/parity";

let chromium, page;

before(async () => {
  rmSync(join(ROOT, FOLDER), { recursive: true, force: true });
  chromium = await start();
  page = await chromium.blank();
});

after(() => chromium.close());

/** Pictures of one class of `rgb.onnx`: its colour, more or less of it, with noise. */
function pictures(hue, count, classes = 3, size = 8) {
  return Array.from({ length: count }, (_, i) => {
    const level = (channel) =>
      120 + (30 + ((i * 37) % 60)) * Math.cos(2 * Math.PI * (hue / classes - channel / 3));
    const noise = (at) => ((at * 2654435761) % 97) - 48;
    return png(
      size,
      size,
      Uint8Array.from(
        { length: 3 * size * size },
        (_, at) => level(at % 3) + noise(at + 1000 * i + 77 * hue),
      ),
    );
  });
}

/**
 * Folders named 0, 1 … of so many pictures each; `turn` gives each the pictures of another class.
 */
function folders(counts, { turn = () => 0, size = 8 } = {}) {
  return counts.map((count, hue) => ({
    name: `${hue}`,
    files: pictures(hue, count, counts.length, size).map((file, i) =>
      turn(i, hue)
        ? pictures((hue + turn(i, hue)) % counts.length, i + 1, counts.length, size).at(-1)
        : file,
    ),
  }));
}

const TWENTY = folders([20, 20, 20]);
const NAMES = ["red", "green", "blue"];

/** Name, folders of pictures, and how both are asked: as options of `Fitter.create`. */
const CASES = [
  ["three colours", TWENTY, {}],
  ["by cosine", TWENTY, { similarity: "cosine" }],
  ["by distance", TWENTY, { similarity: "euclidean" }],
  ["by the Hopfield energy", TWENTY, { preset: "hopfield", store: 5 }],
  [
    "with some patterns of each class",
    folders([40, 40, 40]),
    { preset: "hopfield", store: 7, layers: ["z"] },
  ],
  ["distances joined with the energy", TWENTY, { similarity: "mahalanobis", with: "energy" }],
  ["what the fit chooses", folders([80, 80, 80]), { layers: null }],
  ["what it takes where it cannot choose", TWENTY, { layers: null }],
  ["as the paper does", TWENTY, { preset: "paper" }],
  ["with ReAct", TWENTY, { react: 0.8 }],
  ["two layers", TWENTY, { layers: ["flat", "z"] }],
  ["the sum of two layers", TWENTY, { layers: ["flat", "z"], aggregator: "sum" }],
  ["two layers by Fisher's method", TWENTY, { layers: ["flat", "z"], aggregator: "fisher" }],
  [
    "a threshold for each class",
    folders([80, 80, 80]),
    { classConditional: true, idPassRate: 0.9 },
  ],
  ["named classes", TWENTY, { labels: NAMES }],
  [
    "numbers for mean and deviation",
    TWENTY,
    { preprocess: { mean: [0.4, 0.5, 0.6], std: [0.2, 0.3, 0.4] } },
  ],
  [
    "pixels of another scale",
    TWENTY,
    { preprocess: { scale: 127.5, mean: [0.9, 1, 1.1], std: [0.4, 0.6, 0.8] } },
  ],
  ["a scale alone", TWENTY, { preprocess: { scale: 100 } }],
  ["a scale and one deviation", TWENTY, { preprocess: { scale: 1, std: 58.5 } }],
  [
    "the middle of pictures",
    TWENTY,
    { preprocess: { framing: "crop", resize: 9, interpolation: "bicubic" } },
  ],
  [
    "letterboxed pictures, blue first",
    TWENTY,
    { preprocess: { framing: "letterbox", fill: [114, 1, 2], channels: "bgr" } },
  ],
  ["an identity behind the softmax", TWENTY, { model: "identity" }],
  ["a softmax in half precision", TWENTY, { model: "half" }],
  ["probabilities without logits", TWENTY, { model: "kept-off-0" }],
  ["nine of each", folders([9, 9, 9]), { holdOut: 0.1 }],
  ["ten classes of nineteen", folders(Array(10).fill(19)), { model: "rgb10", holdOut: 0.1 }],
  ["a hundred, 29 in a hundred held out", folders([34, 33, 33]), { holdOut: 0.29 }],
  ["a hundred, 57 in a hundred held out", folders([34, 33, 33]), { holdOut: 0.57 }],
  [
    "zero-padded numbers",
    TWENTY.map(({ files }, i) => ({ name: `0000${i}`, files })),
    { labels: ["00000", "00001", "00002"] },
  ],
  ["every label wrong but a few", folders([20, 20, 20], { turn: (i) => (i < 3 ? 0 : 1) }), {}],
  ["half of the labels wrong", folders([20, 20, 20], { turn: (i) => (i % 2 ? 0 : 2) }), {}],
  [
    "a class that is never recognised",
    folders([20, 20, 20], { turn: (_, hue) => (hue === 2 ? 1 : 0) }),
    {},
  ],
  ["a class without pictures", TWENTY.slice(0, 2), { labels: ["0", "1", "2"] }],
  ["too high a pass rate for so few", TWENTY, { idPassRate: 0.99 }],
  ["pictures of another size", folders([20, 20, 20], { size: 13 }), {}],
  ["the usual normalisation of 32 pixels", folders([20, 20, 20], { size: 32 }), { model: "rgb32" }],
  ["no picture recognised", folders([20, 20, 20], { turn: () => 1 }), {}],
  ["a layer that is always 0", TWENTY, { layers: ["dead"] }],
  ["the cosine of a single number", TWENTY, { layers: ["single"], similarity: "cosine" }],
  ["a layer that is not there", TWENTY, { layers: ["nowhere"] }],
  ["a layer named twice", TWENTY, { layers: ["flat", "flat"] }],
  ["a pass rate of 1", TWENTY, { idPassRate: 1 }],
  ["a quantile beyond 1", TWENTY, { react: 1.5 }],
  ["patterns of no picture at least", TWENTY, { minCount: 0 }],
  ["more at least than there are", TWENTY, { minCount: 50 }],
  ["files that are no pictures among them", TWENTY, { broken: 3 }],
];

function write(name, classes, broken = 0) {
  const folder = join(FOLDER, name.replaceAll(/\W+/g, "-"));
  for (const { name, files } of classes) {
    mkdirSync(join(ROOT, folder, name), { recursive: true });
    // Between the others, where they would take part in a split.
    for (let i = 0; i < broken; i++)
      writeFileSync(join(ROOT, folder, name, `00${i}-broken.png`), files[i].subarray(0, 40));
    for (const [i, file] of files.entries())
      writeFileSync(join(ROOT, folder, name, `${String(i).padStart(3, "0")}.png`), file);
  }
  return folder;
}

/** Detector's facts and warnings, or the error, by the command line. */
function byCommand(
  folder,
  { model = "rgb", layers = ["flat"], labels, preprocess, holdOut = 0.34, broken, ...options },
) {
  const output = join(ROOT, `${folder}.onnx`);
  const name = (key) => `--${key.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const lists = {
    labels: labels?.join(","),
    mean: preprocess?.mean?.join(","),
    std: preprocess?.std && String(preprocess.std),
    scale: preprocess?.scale,
    framing: preprocess?.framing,
    resize: preprocess?.resize,
    interpolation: preprocess?.interpolation,
    fill: preprocess?.fill?.join(","),
    channels: preprocess?.channels,
  };
  const given = Object.entries({ ...options, ...lists, holdOut }).filter(
    ([, value]) => value !== undefined,
  );
  const args = given.flatMap(([key, value]) =>
    value === true ? [name(key)] : [name(key), String(value)],
  );
  const taps = (layers ?? []).flatMap((layer) => ["--layer", layer]);
  const { status, stderr } = spawnSync(
    PROGRAM,
    ["fit", `${MODELS}/${model}.onnx`, ...taps, "--data", folder, "-o", output, ...args],
    { cwd: ROOT, encoding: "utf8" },
  );
  const said = (start) =>
    stderr
      .split("\n")
      .filter((line) => line.startsWith(start))
      .map((line) => line.slice(start.length));
  if (![0, WORKS_BADLY].includes(status)) return { error: said("error: ").join("\n") };
  const info = JSON.parse(
    spawnSync(PROGRAM, ["inspect", output, "--json"], { encoding: "utf8" }).stdout,
  );
  const works = info.threshold !== "Infinity" && (info.judgement?.works ?? true);
  assert.equal(status, works ? 0 : WORKS_BADLY);
  return { info, said: said("warning: ") };
}

/** The same by the package, in a page. */
function byPackage(folder, classes, { model = "rgb", broken, ...options }) {
  const files = classes.map(({ name, files }, place) => ({
    label: Number(name) || place,
    urls: files.map((_, i) => `/${folder}/${name}/${String(i).padStart(3, "0")}.png`),
  }));
  const { layers = ["flat"], ...others } = options;
  const given = { ...(layers && { layers }), preprocess: {}, holdOut: 0.34, ...others };
  return page.evaluate(
    async ({ model, files, given: { idPassRate, ...given } }) => {
      try {
        const fitter = await she.Fitter.create(model, given);
        for (const { label, urls } of files)
          for (const url of urls)
            fitter.push(await she.decode(await (await fetch(url)).blob()), label);
        return { info: (await fitter.finish(idPassRate === undefined ? {} : { idPassRate })).info };
      } catch (error) {
        return { error: error.message };
      }
    },
    { model: `/${MODELS}/${model}.onnx`, files, given },
  );
}

/** Equal but for the last digits: WebAssembly sums in another order. */
function assertAlike(found, expected, where) {
  if (typeof expected === "number" && typeof found === "number") {
    // These count pictures altered by JPEG, say, whose rounding may fall on either side: a few of
    // 6,724 pairs, or one of the 41 pictures under one of four changes.
    const [name] = where.match(/\w+$/);
    const counted = { auroc: 1e-3, falseAlarms: 1.01 / (4 * 41) }[name] ?? 0;
    const tolerance = counted + 2e-6 * Math.max(1, Math.abs(expected));
    return assert.ok(
      found === expected || Math.abs(found - expected) <= tolerance,
      `${where}: ${found}, expected ${expected}`,
    );
  }
  if (expected === null || typeof expected !== "object")
    return assert.deepEqual(found, expected, where);
  assert.deepEqual(Object.keys(found), Object.keys(expected), where);
  for (const key of Object.keys(expected))
    assertAlike(found[key], expected[key], `${where}.${key}`);
}

for (const [name, classes, options] of CASES) {
  test(`command line and package agree: ${name}`, async () => {
    const folder = write(name, classes, options.broken);
    const [command, packaged] = [
      byCommand(folder, options),
      await byPackage(folder, classes, options),
    ];
    assert.equal(packaged.error, command.error);
    if (command.error !== undefined) return assert.notEqual(command.error, "");
    // JSON has no infinity.
    if (packaged.info.threshold === Infinity) packaged.info.threshold = command.info.threshold;
    assertAlike(packaged.info, command.info, "info");
    const said = command.said.filter((words) => !words.includes("left out"));
    assert.deepEqual(
      packaged.info.warnings.map(({ message }) => message),
      said,
      "warnings",
    );
  });
}
