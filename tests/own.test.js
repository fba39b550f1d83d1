// The page "Your own model" in a real browser: a model and pictures in, a detector out, and nothing
// sent anywhere.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Detector } from "she-ood";
import { hold, start } from "./chromium.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const local = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const MODEL = local("models/cifar10-model.onnx");
const KNOWN = JSON.parse(readFileSync(local("www/try/samples.json"), "utf8")).objects.known;
const CLASSES = [...new Set(KNOWN)];

let server, blank, visit, close, home, tiles;

before(async () => {
  ({ server, blank, visit, close } = await start());
  home = mkdtempSync(join(tmpdir(), "own-"));
  tiles = await cut();
});
after(async () => {
  rmSync(home, { recursive: true, force: true });
  await close?.();
});

/** The class pictures of the sheet of samples: the bytes of a PNG file, and the pixels. */
async function cut() {
  const page = await blank();
  const cut = await page.evaluate(async (count) => {
    const sheet = await createImageBitmap(await (await fetch("/www/dist/objects.png")).blob());
    return Array.from({ length: count }, (_, column) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 32 });
      const context = canvas.getContext("2d");
      context.drawImage(sheet, -32 * column, 0);
      return {
        png: canvas.toDataURL("image/png").split(",")[1],
        data: [...context.getImageData(0, 0, 32, 32).data],
      };
    });
  }, KNOWN.length);
  await page.close();
  return cut.map(({ png, data }, i) => ({
    name: KNOWN[i],
    png: Buffer.from(png, "base64"),
    pixels: { data: Uint8Array.from(data), width: 32, height: 32 },
  }));
}

/**
 * A folder of class folders, each picture so many times, with files that are no pictures when
 * `rubbish` is true.
 */
function folder(name, { times = 1, rubbish = false, rename = (label) => label } = {}) {
  const root = join(home, name);
  tiles.forEach(({ name: label, png }, i) => {
    mkdirSync(join(root, rename(label)), { recursive: true });
    for (let copy = 0; copy < times; copy++)
      writeFileSync(join(root, rename(label), `${i}-${copy}.png`), png);
  });
  if (rubbish) {
    writeFileSync(join(root, "cat", "notes.txt"), "no picture");
    writeFileSync(join(root, "cat", "broken.png"), "no picture either");
    writeFileSync(join(root, "cat", ".DS_Store"), "of the system");
  }
  return root;
}

const open = (options) => visit("own.html", options);

const shown = (page, id) => page.waitForSelector(`#${id}`, { state: "visible" });
const text = (page, id) => page.textContent(`#${id}`);
const number = (words) => Number(words.replace("−", "-"));

const isStep = (page, name, state) => page.waitForSelector(`#${name}-step[data-step="${state}"]`);
const modelIsRead = (page) => isStep(page, "model", "done");
const picturesAreRead = (page) =>
  page.waitForSelector("#pictures-found:not([hidden])", { state: "attached" });

async function giveModel(page, file = MODEL) {
  await forgetModel(page);
  await page.setInputFiles("#model-file", file);
  await modelIsRead(page);
}

/** Lets the model that is there not be taken for the one to come. */
const forgetModel = (page) =>
  page.evaluate(() => delete document.getElementById("model-step").dataset.step);

async function givePictures(page, root) {
  await page.setInputFiles("#pictures-folder", root);
  await picturesAreRead(page);
}

/** Opens what is folded: a step that is done, or the choice that has an element. */
async function openPictures(page) {
  if (await page.isHidden("#pictures-body")) await page.click("#pictures-toggle");
}
async function openChoices(page) {
  await page.$$eval(".choice:not([open]) > summary", (all) =>
    all.map((summary) => summary.click()),
  );
}

/** Drops files or folders on an element. */
async function dropOn(page, id, files) {
  const devtools = await page.context().newCDPSession(page);
  await page.locator(`#${id}`).scrollIntoViewIfNeeded();
  const { x, y } = await page.locator(`#${id}`).boundingBox();
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"])
    await devtools.send("Input.dispatchDragEvent", { type, x: x + 20, y: y + 20, data });
}

/** A page with a detector of our own pictures. */
async function fitted(root, options) {
  const { page, complaints } = await open(options);
  await giveModel(page);
  await givePictures(page, root);
  await page.click("#start");
  await shown(page, "trial-body");
  return { page, complaints };
}

async function judge(page, { name, png }) {
  await page.setInputFiles("#trial-file", {
    name: `${name}.png`,
    mimeType: "image/png",
    buffer: png,
  });
  await shown(page, "answers");
}

async function downloaded(page) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("#download")]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test("a model and folders of pictures become a detector, the same in Node", async () => {
  const { page, complaints } = await fitted(folder("plain"));
  assert.match(await text(page, "model-status"), /colour pictures of 32 × 32 .*10 outputs/);
  assert.equal(await page.locator("#layers input:checked").count(), 0);
  assert.match(await text(page, "figures"), /9\d\.\d% of 30 pictures.*10 classes/);
  const ship = tiles.find(({ name }) => name === "ship");
  await judge(page, ship);
  assert.equal(await text(page, "words"), "It's a ship");
  const { name, bytes } = await downloaded(page);
  assert.equal(name, "cifar10-model-detector.onnx");
  assert.match(await text(page, "code"), /Detector\.load\("\.\/cifar10-model-detector\.onnx"\)/);
  const detector = await Detector.load(bytes);
  assert.deepEqual(detector.info.labels, CLASSES);
  assert.equal(detector.info.choice.because, "few-samples");
  assert.match(await text(page, "figures"), /too few pictures to choose by/);
  assert.doesNotMatch(await text(page, "figures"), /Does it work/);
  const report = detector.score(ship.pixels);
  for (const [id, value] of Object.entries({
    score: report.score,
    threshold: report.threshold,
    "p-value": report.pValue,
  })) {
    assert.ok(
      Math.abs(number(await text(page, id)) - value) <= 0.0006,
      `${id}: ${await text(page, id)} and ${value}`,
    );
  }
  detector.dispose();
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the same pictures give the same detector", async () => {
  const files = [];
  for (let i = 0; i < 2; i++) {
    const { page } = await fitted(folder("plain"));
    files.push((await downloaded(page)).bytes);
    await page.close();
  }
  assert.ok(files[0].equals(files[1]));
});

test("our example goes the whole way by keyboard alone", async () => {
  const { page, complaints } = await open();
  const press = async (id) => {
    for (let i = 0; i < 100 && (await page.evaluate(() => document.activeElement.id)) !== id; i++)
      await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), id);
    await page.keyboard.press("Enter");
  };
  await press("model-example");
  await modelIsRead(page);
  await press("pictures-example");
  await picturesAreRead(page);
  assert.match(await text(page, "pictures-note"), /500 of the pictures/);
  await press("start");
  await shown(page, "trial-body");
  await shown(page, "strangers-found");
  assert.equal(await page.evaluate(() => document.activeElement.id), "verdict");
  assert.match(
    await text(page, "verdict-detail"),
    /^1\d\d of 200 strangers are flagged; by the .* would be \d+, while both let 95 of 100 known/,
  );
  assert.match(await text(page, "accounts"), /500 pictures: 450 to fit, 50 held out/);
  assert.equal(
    await page.locator("#misses canvas").count(),
    await page.locator("#misses img").count(),
  );
  await page.getByRole("button", { name: "noise" }).click();
  await page.waitForSelector('#report[data-state="unknown"]');
  await page.getByRole("button", { name: "horse" }).click();
  await page.waitForSelector('#report[data-state="known"]');
  const { choice, judgement } = (await Detector.load((await downloaded(page)).bytes)).info;
  const [figures, chosen] = [await text(page, "figures"), choice.candidates[0]];
  assert.equal(choice.because, "criterion");
  assert.ok(figures.includes(`${chosen.similarity} of ${chosen.layers.join(", ")}`), figures);
  assert.ok(figures.includes(`of ${choice.tried} candidates, by ${choice.samples} `), figures);
  assert.match(judgement.sentence, judgement.works ? /^Usable\. / : /^Not usable yet: /);
  assert.ok(figures.includes(judgement.sentence), figures);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("what is no model says so, and another one can be chosen", async () => {
  const { page, complaints } = await open();
  const damaged = JSON.parse(readFileSync(local("tests/data/malformed.json"), "utf8"));
  const made = (name) => ({
    name: "model.onnx",
    mimeType: "application/octet-stream",
    buffer: Buffer.from(damaged[name], "base64"),
  });
  for (const [file, words] of [
    [local("README.md"), /cannot be used as a model.*text.*\(invalid-model\)/],
    [
      made("unsupported-operator: strange"),
      /uses an operator that cannot be run here.*\(unsupported-operator\)/,
    ],
    [made("unsupported-model: open size"), /pictures as its one input.*\(unsupported-model\)/],
    [local("tests/data/panic.onnx"), /engine failed on this model/],
    [local("tests/data/trap.onnx"), /for models of pictures/],
  ]) {
    await page.setInputFiles("#model-file", file);
    await page.waitForFunction(
      (words) => new RegExp(words).test(document.getElementById("model-error").textContent),
      words.source,
    );
    assert.equal(await page.isVisible("#model-error"), true);
    assert.equal(await page.isHidden("#pictures-body"), true);
  }
  await giveModel(page);
  assert.equal(await page.isHidden("#model-error"), true);
  assert.equal(await page.isVisible("#pictures-body"), true);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("what a model's file leaves open can be said", async () => {
  const { page, complaints } = await open();
  const { good, bad } = JSON.parse(readFileSync(local("tests/data/doors.json"), "utf8"));
  const give = async (file) => {
    const path = join(home, "door.onnx");
    writeFileSync(path, Buffer.from(file.model, "base64"));
    await page.setInputFiles("#model-file", path);
  };
  const say = async (id, words) => {
    await page.fill(`#${id}`, words);
    // The field tells its change as it loses focus, once.
    await page.locator(`#${id}`).blur();
  };
  assert.equal(await page.isVisible("#input-shape"), false);
  await give(good["open height and width"]);
  await shown(page, "model-error");
  assert.match(await text(page, "model-error"), /open sizes/);
  assert.equal(await page.isVisible("#input-shape"), true);
  await say("input-shape", "3, 5, four");
  await page.waitForFunction(() =>
    /whole numbers/.test(document.getElementById("model-error").textContent),
  );
  await say("input-shape", "3, 5, 4");
  await modelIsRead(page);
  assert.match(await text(page, "model-status"), /colour pictures of 4 × 5 .*gives 4 outputs/);
  await page.click("#model-toggle");
  await say("logits", "nothing");
  await page.waitForFunction(() =>
    /"nothing", which is not a tensor of floats/.test(
      document.getElementById("model-error").textContent,
    ),
  );
  await say("logits", "");
  await modelIsRead(page);
  await forgetModel(page);
  await give(bad["a shape of other channels"]);
  await modelIsRead(page);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a model is chosen or dropped together with the files of its weights", async () => {
  const { page, complaints } = await open();
  const { good } = JSON.parse(readFileSync(local("tests/data/external.json"), "utf8"));
  const paths = (name) => {
    const root = mkdtempSync(join(home, "weights-"));
    const { model, files } = good[name];
    const all = Object.entries({ ...files, "model.onnx": model });
    return all.map(([name, file]) => {
      writeFileSync(join(root, name), Buffer.from(file, "base64"));
      return join(root, name);
    });
  };
  const [data, model] = paths("one file");
  await page.setInputFiles("#model-file", model);
  await shown(page, "model-error");
  assert.match(await text(page, "model-error"), /"model\.onnx\.data"/);
  for (const name of ["one file", "a file for each"]) {
    await giveModel(page, paths(name));
    assert.match(await text(page, "model-status"), /^model: takes colour pictures of 4 × 4/);
    assert.equal(await page.isHidden("#model-error"), true);
  }
  await page.setInputFiles("#model-file", [model, ...paths("a file for each").slice(0, 1)]);
  await shown(page, "model-error");
  assert.match(await text(page, "model-error"), /add "model\.onnx\.data"/);
  await dropOn(page, "model-zone", [data, model]);
  await modelIsRead(page);
  const rename = (label) => `class ${CLASSES.indexOf(label) % 3}`;
  await givePictures(page, folder("three", { rename }));
  await page.click("#start");
  await shown(page, "trial-body");
  const whole = Buffer.from(good["one file"].whole, "base64");
  const { bytes } = await downloaded(page);
  assert.ok(bytes.subarray(0, whole.length).equals(whole));
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a gray model, channels last, is offered what fits it", async () => {
  const { page, complaints } = await open();
  await giveModel(page, local("models/mnist-mlp.onnx"));
  assert.match(
    await text(page, "model-status"),
    /gray pictures of 28 × 28 \(input 28 × 28 × 1\), gives 10 outputs/,
  );
  await givePictures(page, folder("plain"));
  assert.equal(await page.inputValue("#layers input >> nth=0"), "dense_1");
  assert.deepEqual(
    await page.$$eval("#normalisation option", (options) => options.map(({ value }) => value)),
    ["unit", "signed", "bytes", "own"],
  );
  assert.deepEqual([await page.inputValue("#mean"), await page.inputValue("#std")], ["0", "1"]);
  await page.click("#start");
  await shown(page, "proof");
  await page.waitForSelector('#verdict[data-state="unknown"]');
  assert.match(await text(page, "verdict"), /gets many of these pictures wrong/);
  assert.equal(await page.isVisible("#per-class"), true);
  assert.match(await text(page, "file-warning"), /gets many of these pictures wrong/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("files other than pictures are named, and unreadable ones take no part", async () => {
  const { page, complaints } = await open();
  await giveModel(page);
  await givePictures(page, folder("rubbish", { rubbish: true }));
  assert.match(await text(page, "pictures-error"), /^1 file left out.*cat\/notes\.txt$/);
  assert.equal(await text(page, "pictures-status"), "31 pictures in 10 folders.");
  await page.click("#start");
  await shown(page, "trial-body");
  assert.match(await text(page, "warnings"), /1 file could not be read.*broken\.png/);
  assert.match(await text(page, "figures"), /of 30 pictures/);
  await page.setInputFiles("#trial-file", local("README.md"));
  await page.waitForSelector('#report[data-state="failed"]');
  assert.match(await text(page, "detail"), /cannot read the image.*\(input-kind\)/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("files are taken for what they hold, and the others are counted by kind", async () => {
  const { page, complaints } = await open();
  await giveModel(page);
  const root = folder("kinds");
  const put = (name, data) => writeFileSync(join(root, name), data);
  const jpeg = readFileSync(local("tests/data/shown/plain.jpg"));
  put("cat/photo.jfif", jpeg);
  put("cat/photo.jpe", jpeg);
  put("cat/photo", jpeg);
  put("cat/tiff.png", "II*\0\x08\0\0\0");
  put("dog/scan.tif", "MM\0*\0\0\0\x08");
  put("dog/phone.jpg", Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"));
  put("dog/drawing.svg", "<svg xmlns='http://www.w3.org/2000/svg'/>");
  put("frog/labels.csv", "name,label");
  put("alone.png", tiles[0].png);
  await givePictures(page, root);
  assert.equal(await text(page, "pictures-status"), "33 pictures in 10 folders.");
  // A picture beside the class folders has no class, as on the command line.
  const left =
    "6 files left out: 1 HEIC, kinds/dog/phone.jpg; 1 SVG, kinds/dog/drawing.svg; " +
    "2 TIFF, the first kinds/cat/tiff.png; 1 in no folder, kinds/alone.png; " +
    "1 text, kinds/frog/labels.csv";
  assert.equal(
    await text(page, "pictures-error"),
    `${left}. Convert HEIC, SVG, TIFF to PNG or JPEG.`,
  );
  for (const width of [390, 1280]) {
    await page.setViewportSize({ width, height: 900 });
    assert.ok(
      await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
      `${width} pixels`,
    );
  }
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a folder without class folders is refused", async () => {
  const { page } = await open();
  await giveModel(page);
  const root = join(home, "notes");
  mkdirSync(root);
  writeFileSync(join(root, "notes.txt"), "no picture");
  await page.setInputFiles("#pictures-folder", root);
  await shown(page, "pictures-error");
  assert.match(await text(page, "pictures-error"), /no pictures in folders/);
  assert.equal(await page.isHidden("#proof-body"), true);
  await page.close();
});

test("a folder of class folders and a model can be dropped", async () => {
  const { page, complaints } = await open();
  await dropOn(page, "model-zone", [MODEL]);
  await modelIsRead(page);
  await dropOn(page, "pictures-zone", [folder("plain")]);
  await picturesAreRead(page);
  assert.equal(await text(page, "pictures-status"), "30 pictures in 10 folders.");
  assert.deepEqual(complaints, []);
  await page.close();
});

/** Steps of Transformers' preprocessing that change pixels. */
const STEPS = {
  do_resize: true,
  resample: 2,
  do_rescale: true,
  rescale_factor: 1 / 255,
  do_normalize: true,
};

/** A folder with a model, what belongs to it, pictures and strangers, as people keep them. */
function bundle(name) {
  const root = join(home, name);
  const put = (path, data) => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), data);
  };
  put("net.onnx", readFileSync(MODEL));
  put("labels.txt", CLASSES.map((label, i) => `${i} ${label}\n`).join(""));
  const size = { height: 32, width: 32 };
  const [image_mean, image_std] = [
    [0.4914, 0.4822, 0.4465],
    [0.247, 0.2435, 0.2616],
  ];
  put("preprocessor_config.json", JSON.stringify({ ...STEPS, size, image_mean, image_std }));
  put("notes.csv", "name,value");
  // By other names' order than that of the outputs.
  tiles.forEach(({ name, png }, i) => void put(`pictures/${name}/${i}.png`, png));
  return { root, put };
}

test("a folder with model, labels, config, pictures, strangers is dropped anywhere", async () => {
  const { page, complaints } = await open();
  const { root, put } = bundle("bundle");
  for (let i = 0; i < 3; i++) put(`strangers/${i}.png`, tiles[i].png);
  await dropOn(page, "file-step", [root]);
  await shown(page, "start");
  assert.equal(
    await text(page, "intake-status"),
    "Took net.onnx as the model; labels.txt as the names of the outputs; " +
      "preprocessor_config.json as the normalisation; 30 pictures in 10 folders as its classes; " +
      "3 pictures as strangers.",
  );
  assert.match(await text(page, "pictures-error"), /^1 file left out: 1 text, bundle\/notes\.csv$/);
  assert.equal(await text(page, "normalisation-line"), "as preprocessor_config.json says");
  await page.click("#start");
  await shown(page, "strangers-found");
  assert.match(await text(page, "strangers-status"), /^3 strangers tried/);
  const { bytes } = await downloaded(page);
  const { info } = await Detector.load(bytes);
  assert.deepEqual(info.labels, CLASSES);
  assert.deepEqual(
    info.preprocess.mean.map((value) => +value.toFixed(4)),
    [0.4914, 0.4822, 0.4465],
  );
  assert.deepEqual(complaints, []);
  await page.close();
});

test("pictures may come before the model, and weights after it", async () => {
  const { page } = await open();
  await dropOn(page, "model-step", [folder("plain")]);
  await page.waitForSelector('#pictures-status:text("30 pictures in 10 folders.")');
  assert.equal(await page.isHidden("#proof-body"), true);
  await giveModel(page);
  await shown(page, "start");
  const { good } = JSON.parse(readFileSync(local("tests/data/external.json"), "utf8"));
  const put = (name, file) => {
    writeFileSync(join(home, name), Buffer.from(file, "base64"));
    return join(home, name);
  };
  const { model, files } = good["one file"];
  await page.setInputFiles("#model-file", put("model.onnx", model));
  await shown(page, "model-error");
  assert.match(await text(page, "model-error"), /in other files: add "model\.onnx\.data"/);
  await dropOn(page, "model-step", [put("model.onnx.data", files["model.onnx.data"])]);
  await modelIsRead(page);
  await page.setInputFiles("#model-file", put("model.onnx", model));
  await shown(page, "model-error");
  assert.match(await text(page, "model-error"), /"model\.onnx\.data"/);
  await page.close();
});

test("what cannot be taken says why, and what to do", async () => {
  const { page } = await open();
  const put = (name) => {
    writeFileSync(join(home, name), readFileSync(local("tests/data/tiny.onnx")));
    return join(home, name);
  };
  for (const [names, words] of [
    [["a.onnx", "b.onnx"], /2 models came together, a\.onnx, b\.onnx: drop the one that you mean/],
    [["pictures.zip"], /pictures\.zip is packed\. Unpack it/],
    [["keras_model.h5"], /keras_model\.h5 is a Keras model\..*tf2onnx\.convert --keras/],
    [["model.json", "weights.bin"], /TensorFlow\.js model, as Teachable Machine exports/],
    [["net.pth"], /PyTorch weights\..*torch\.onnx\.export/],
  ]) {
    await dropOn(page, "model-step", names.map(put));
    await page.waitForFunction(
      (words) => new RegExp(words).test(document.getElementById("intake-left").textContent),
      words.source,
    );
    assert.equal(await page.isVisible("#intake-left"), true);
    assert.equal(await page.isHidden("#pictures-body"), true);
  }
  writeFileSync(join(home, "alone.png"), tiles[0].png);
  await dropOn(page, "model-step", [join(home, "alone.png")]);
  await page.waitForSelector('#intake-left:has-text("needs a folder with the name of its class")');
  await page.close();
});

test("single pictures are strangers, too, in no folder", async () => {
  const { page, complaints } = await fitted(folder("plain"));
  const files = ["odd one ü.png", "another.png"].map((name, i) => {
    writeFileSync(join(home, name), tiles[i].png);
    return join(home, name);
  });
  for (const chosen of [files, files.slice(0, 1)]) {
    await page.setInputFiles("#strangers-files", chosen);
    const words = chosen.length === 1 ? "1 stranger tried" : "2 strangers tried";
    await page.waitForSelector(`#strangers-status:text("${words}")`);
    assert.equal(await page.isHidden("#strangers-error"), true);
  }
  assert.deepEqual(complaints, []);
  await page.close();
});

test("strangers are counted as the detector and its classifier do in Node", async () => {
  const { page, complaints } = await fitted(folder("plain"));
  const sheet = await page.evaluate(async () => {
    const bitmap = await createImageBitmap(await (await fetch("./objects.png")).blob());
    const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 32 });
    const context = canvas.getContext("2d", { willReadFrequently: true });
    return [1, 2, 3].flatMap((row) =>
      Array.from({ length: 10 }, (_, column) => {
        context.drawImage(bitmap, -32 * column, -32 * row);
        const { data } = context.getImageData(0, 0, 32, 32);
        return { png: canvas.toDataURL().split(",")[1], data: [...data] };
      }),
    );
  });
  const root = join(home, "others");
  mkdirSync(root);
  for (const [i, { png }] of sheet.entries())
    writeFileSync(join(root, `odd_${i}.png`), Buffer.from(png, "base64"));
  writeFileSync(join(root, "broken.png"), "none");
  await dropOn(page, "strangers-zone", [root]);
  await shown(page, "strangers-found");
  assert.match(await text(page, "strangers-status"), /^30 strangers tried, 1 unreadable, left out/);
  const detector = await Detector.load((await downloaded(page)).bytes);
  const own = tiles.map(({ pixels }) => detector.score(pixels).baselines.msp);
  // The rank that lets 90 of 100 pass, of 30 pictures: the 28th.
  const cut = own.sort((one, other) => one - other)[Math.ceil(31 * detector.info.idPassRate) - 1];
  const reports = sheet.map(({ data }) =>
    detector.score({ data: Uint8Array.from(data), width: 32, height: 32 }),
  );
  const flagged = reports.filter(({ isOod }) => isOod).length;
  const alone = reports.filter(({ baselines }) => baselines.msp > cut).length;
  assert.ok(
    (await text(page, "contrast")).includes(
      `30 strangers tried, flagged${alone} of 30${flagged} of 30`,
    ),
    await text(page, "contrast"),
  );
  assert.equal(await page.locator("#misses li").count(), Math.min(12, 30 - flagged));
  detector.dispose();
  assert.deepEqual(complaints, []);
  await page.close();
});

test("only the last picture tried is judged, and one that cannot be fetched is named", async () => {
  const { page } = await fitted(folder("plain"));
  const ship = tiles.find(({ name }) => name === "ship");
  await judge(page, ship);
  const example = (name) => page.locator("#trial-examples").getByRole("button", { name }).click();
  const release = await hold(page, "**/objects.png");
  await example("noise");
  await judge(page, ship);
  release();
  await page.waitForTimeout(500);
  assert.deepEqual(
    [await page.getAttribute("#picture", "alt"), await text(page, "words")],
    ["ship.png", "It's a ship"],
  );
  await page.unroute("**/objects.png");
  await page.route("**/objects.png", (route) => route.fulfill({ status: 503, body: "busy" }));
  await example("sandal");
  await page.waitForSelector('#report[data-state="failed"]');
  assert.match(
    await text(page, "detail"),
    /objects\.png could not be fetched: the server says 503/,
  );
  await judge(page, ship);
  assert.equal(await text(page, "words"), "It's a ship");
  await page.close();
});

test("a wrong order of classes is found out, and set right", async () => {
  const { page, complaints } = await open({ viewport: { width: 320, height: 800 } });
  await giveModel(page);
  // Turned by one, so that no picture is recognised.
  await givePictures(
    page,
    folder("turned", { rename: (label) => `${(CLASSES.indexOf(label) + 9) % 10}-${label}` }),
  );
  await page.click("#start");
  await shown(page, "reorder");
  assert.match(await text(page, "warnings"), /outputs of the classes are in another order/);
  assert.match(await text(page, "fit-error"), /\(fit\)/);
  assert.equal(await page.isHidden("#trial-body"), true);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await page.click("#reorder");
  assert.equal(await page.evaluate(() => document.activeElement.id), "start");
  assert.deepEqual(
    await page.$$eval("#classes input", (inputs) => inputs.map(({ value }) => Number(value))),
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 0],
  );
  await page.click("#start");
  await shown(page, "trial-body");
  assert.match(await text(page, "figures"), /9\d\.\d% of 30 pictures/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("fewer folders than outputs are a guess, which the visitor confirms", async () => {
  const { page, complaints } = await open();
  await giveModel(page);
  const some = folder("some");
  for (const label of CLASSES.toSorted().slice(6)) rmSync(join(some, label), { recursive: true });
  await givePictures(page, some);
  assert.equal(
    await text(page, "classes-guess-words"),
    "The model has 10 outputs, and there are 6 folders. Which output belongs to which " +
      "folder? The numbers below are guessed from the order of the names. Correct any that are " +
      "wrong, then confirm.",
  );
  await shown(page, "classes-guess");
  assert.equal(await page.isHidden("#proof-body"), true);
  await page.getByLabel("Output of cat").fill("9");
  assert.equal(await page.isHidden("#proof-body"), true);
  await page.click("#classes-confirm");
  await shown(page, "proof-body");
  assert.equal(await page.isHidden("#classes-guess"), true);
  assert.equal(await page.getByLabel("Output of cat").inputValue(), "9");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("outputs and settings that cannot be say so, and close what follows", async () => {
  const { page } = await open();
  await giveModel(page);
  await givePictures(page, folder("plain"));
  await openPictures(page);
  const cat = page.getByLabel("Output of cat");
  for (const [value, words] of [
    ["4", /cat and deer are both output 4/],
    ["10", /whole number from 0 to 9/],
    ["", /whole number/],
  ]) {
    await cat.fill(value);
    assert.match(await text(page, "classes-error"), words);
    assert.equal(await page.isHidden("#proof-body"), true);
  }
  await cat.fill("3");
  assert.equal(await cat.isVisible(), true);
  await openChoices(page);
  for (const [id, value, words, right] of [
    ["mean", "0.5, 0.5", /mean must be one number, or 3/, "0.5"],
    ["std", "0", /above 0/, "0.25"],
    ["hold-out", "100", /from 0 to 90%/, "10"],
    ["pass-rate", "", /from 50 to 99.9%/, "95"],
  ]) {
    await page.fill(`#${id}`, value);
    assert.match(await text(page, "settings-error"), words);
    assert.equal(await page.isHidden("#start"), true);
    await page.fill(`#${id}`, right);
    assert.equal(await page.isHidden("#settings-error"), true);
  }
  assert.equal(await page.inputValue("#normalisation"), "own");
  assert.match(await text(page, "outlook"), /Only 3 pictures will be held out.*nothing is flagged/);
  await page.close();
});

test("too few held-out pictures: the page says what an infinite threshold means", async () => {
  const { page } = await open();
  await giveModel(page);
  await givePictures(page, folder("plain"));
  await openChoices(page);
  await page.fill("#hold-out", "0");
  await page.click("#start");
  await shown(page, "trial-body");
  assert.match(
    (await text(page, "verdict")).replace(/\s+/g, " "),
    /Nothing is flagged The threshold is infinite: 0 pictures held out, at least 9 needed/,
  );
  await judge(page, tiles[0]);
  assert.equal(await text(page, "threshold"), "∞");
  await page.close();
});

test("several layers are joined", async () => {
  const { page, complaints } = await open();
  await giveModel(page);
  await givePictures(page, folder("plain"));
  await openChoices(page);
  await page.locator('#layers input[value="stage2_block3_relu2"]').check();
  await page.locator('#layers input[value="pooled"]').check();
  assert.equal(await text(page, "layers-line"), "stage2_block3_relu2, pooled, as you say");
  assert.equal(await page.isVisible("#aggregator"), true);
  await page.click("#start");
  await shown(page, "trial-body");
  const { info } = await Detector.load((await downloaded(page)).bytes);
  assert.deepEqual(
    info.layers.map(({ name }) => name),
    ["stage2_block3_relu2", "pooled"],
  );
  assert.equal(info.aggregator.kind, "std");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("Stop ends a fit at once, keeps nothing, and lets another begin", async () => {
  const { page, complaints } = await open();
  await giveModel(page);
  await givePictures(page, folder("many", { times: 8 }));
  for (const phase of ["Fitting", "Asking the model"]) {
    await page.evaluate((phase) => {
      const words = document.getElementById("progress-words");
      const watch = new MutationObserver(() => {
        if (!words.textContent.startsWith(`${phase}: `)) return;
        watch.disconnect();
        document.getElementById("stop").click();
      });
      watch.observe(words, { childList: true });
    }, phase);
    await page.click("#start");
    await page.waitForSelector('#fit-status:text("Stopped")');
    assert.equal(await page.isHidden("#working"), true);
    assert.equal(await page.isHidden("#trial-body"), true);
    assert.equal(await page.evaluate(() => document.activeElement.id), "start");
  }
  await page.click("#start");
  await shown(page, "trial-body");
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a detector stays when settings change, until the next fit, and says so", async () => {
  const { page } = await fitted(folder("plain"));
  await openChoices(page);
  assert.equal(await page.isHidden("#file-outdated"), true);
  await page.fill("#pass-rate", "80");
  assert.equal(await page.isVisible("#file-outdated"), true);
  await judge(page, tiles[0]);
  await page.fill("#pass-rate", "");
  assert.equal(await page.isHidden("#start"), true);
  assert.equal(await page.isVisible("#download"), true);
  await page.fill("#pass-rate", "80");
  await page.click("#start");
  await page.waitForSelector("#file-outdated", { state: "hidden" });
  await shown(page, "trial-body");
  assert.match(await text(page, "figures"), /80\.0% asked for/);
  await page.close();
});

test("the code can be copied", async () => {
  const { page } = await fitted(folder("plain"));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.click("#copy");
  await page.waitForSelector('#copied:text("Copied.")');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), await text(page, "code"));
  await page.close();
});

test("the policy of every page forbids connections to anywhere else", async () => {
  const { page, complaints } = await open();
  const other = "http://localhost:9/";
  for (const name of ["own.html", "index.html", "experiments.html", "teach.html"]) {
    await page.goto(`${server.url}www/dist/${name}`);
    const blocked = await page.evaluate(async (url) => {
      const violation = new Promise((resolve) =>
        document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) =>
          resolve(effectiveDirective),
        ),
      );
      await fetch(url).catch(() => undefined);
      return violation;
    }, other);
    assert.equal(blocked, "connect-src", name);
  }
  assert.ok(
    complaints.every(
      (complaint) =>
        complaint.includes("Content Security Policy") ||
        complaint.includes("Fetch API cannot load"),
    ),
    complaints.join("\n"),
  );
  await page.close();
});

for (const colorScheme of ["light", "dark"]) {
  for (const width of [320, 390, 1280]) {
    test(`each step is accessible and fits: ${colorScheme}, ${width} pixels wide`, async () => {
      const { page, complaints } = await open({ colorScheme, viewport: { width, height: 800 } });
      const look = async () => {
        await page.evaluate(AXE);
        const { violations } = await page.evaluate(() => globalThis.axe.run());
        assert.deepEqual(
          violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]),
          [],
        );
        assert.equal(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          true,
        );
      };
      await look();
      await page.setInputFiles("#model-file", local("README.md"));
      await shown(page, "model-error");
      await look();
      await giveModel(page);
      await givePictures(page, folder("rubbish", { rubbish: true }));
      await look();
      await page.click("#start");
      await shown(page, "trial-body");
      await judge(page, tiles[0]);
      await look();
      assert.deepEqual(complaints, []);
      await page.close();
    });
  }
}
