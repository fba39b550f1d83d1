// The page of experiments in a real browser.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { addressOf, hold, start } from "./chromium.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** Milliseconds that a run may take on a slow or busy machine. */
const PATIENCE = 300_000;
/** AUROC on the whole test files, from the README, and on the sheet of house numbers. */
const KNOWN = {
  "objects-houses": 0.98,
  "digits-digits": 0.9911,
  "digits-fashion": 0.9981,
  "objects-fashion": 0.9847,
  "objects-mnist": 0.9781,
};
const SCORES = ["she", "he", "msp", "maxLogit", "energy"];

let server, visit, close;

before(async () => ({ server, visit, close } = await start()));
after(() => close?.());

const open = ({ hash = "", ...options } = {}) =>
  visit(`experiments.html${hash && `#${hash}`}`, options);

/** Opens the page and runs what its address says to its end. */
async function done(options) {
  const opened = await open(options);
  await opened.page.getByRole("button", { name: "Run", exact: true }).click();
  await ended(opened.page);
  return opened;
}

const ended = (page) => page.waitForSelector("#outcome:not([hidden])", { timeout: PATIENCE });

const number = async (page, id) =>
  Number((await page.textContent(`#${id}`)).replace("−", "-").replace(/[%,]/g, ""));

/** AUROC of each score, as the table shows it. */
const aurocs = async (page) =>
  (await page.locator("#figures tr td:nth-child(2) :first-child").allTextContents()).map(Number);

/** A fifth of a sheet for fits. */
function heldOut(sheet) {
  const { labels } = JSON.parse(
    readFileSync(new URL("../www/shared/sheets.json", import.meta.url)),
  )[sheet];
  return Math.round(labels.length / 5);
}

async function saved(page, name) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

/** Asserts that counts, rates and the words of the slider agree. */
async function consistent(page) {
  const names = [
    "truePositives",
    "falsePositives",
    "trueNegatives",
    "falseNegatives",
    "fpr",
    "tpr",
    "precision",
    "accuracy",
  ];
  const [tp, fp, tn, fn, ...shown] = await Promise.all(names.map((name) => number(page, name)));
  const rates = [fp / (fp + tn), tp / (tp + fn), tp / (tp + fp), (tp + tn) / (tp + tn + fp + fn)];
  rates.forEach((rate, i) => {
    assert.ok(
      Math.abs(100 * rate - shown[i]) <= 0.051,
      `${names[4 + i]}: ${rate}, shown ${shown[i]}`,
    );
  });
  const words = await page.getAttribute("#slider", "aria-valuetext");
  assert.match(words, new RegExp(`FPR ${shown[0].toFixed(1)}%, TPR ${shown[1].toFixed(1)}%`));
  return { fp, tp, id: fp + tn, ood: tp + fn };
}

for (const [experiment, auroc] of Object.entries(KNOWN)) {
  test(`${experiment}: the AUROC is near that of the whole files`, async () => {
    const { page, complaints } = await done({ hash: `experiment=${experiment}` });
    const [she] = await aurocs(page);
    assert.ok(Math.abs(she - auroc) <= 0.03, `${she}, known ${auroc}`);
    const strangers = experiment === "objects-houses" ? 400 : 1000;
    const pictures = (1000 + strangers).toLocaleString("en");
    assert.match(
      await page.textContent("#summary"),
      new RegExp(`AUROC on ${pictures} pictures: SHE ${she.toFixed(3)}`),
    );
    const { id, ood } = await consistent(page);
    assert.deepEqual([id, ood], [1000, strangers]);
    assert.deepEqual(complaints, []);
    await page.close();
  });
}

/** The share of pairs in which the stranger's score is higher; a tie counts half. */
function pairsWon(rows, column) {
  const side = (wanted) =>
    rows.filter(([, , side]) => side === wanted).map((row) => Number(row[column]));
  const [id, ood] = [side("id"), side("ood")];
  const won = ood.map((stranger) =>
    id.reduce((sum, known) => sum + (stranger > known) + (stranger === known) / 2, 0),
  );
  return won.reduce((a, b) => a + b, 0) / (id.length * ood.length);
}

async function savedRows(page) {
  const csv = (await saved(page, "Scores, CSV")).bytes.toString();
  return csv
    .trimEnd()
    .split("\n")
    .slice(1)
    .map((row) => row.split(","));
}

test("without a click a result is there, computed from scores that can be saved", async () => {
  const { page, complaints } = await open();
  await ended(page);
  const rows = await savedRows(page);
  assert.deepEqual([rows.length, rows.filter(([, , side]) => side === "ood").length], [200, 100]);
  const [own, alone] = [5, 7].map((column) => Math.floor(100 * pairsWon(rows, column)));
  assert.equal(
    await page.textContent("#headline"),
    `In ${own} of 100 pairs the stranger gets the higher score.`,
  );
  assert.equal(await page.textContent("#with-pairs"), `${own} of 100`);
  assert.equal(await page.textContent("#alone-pairs"), `${alone} of 100`);
  assert.match(await page.textContent("#describes"), /100 \+ 100 pictures, scored on this device/);
  assert.match(await page.textContent("#featured"), /^The classifier is .* sure that this house/);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a score that the opening run leaves out comes with all pictures", async () => {
  const { page } = await open({ hash: "experiment=digits-digits&score=he" });
  await ended(page);
  assert.equal(await page.isVisible("#without-he"), true);
  assert.equal(await page.isDisabled("#score-he"), true);
  assert.match(await page.textContent("#histogram-title"), /SHE/);
  await page.getByRole("button", { name: "Score all pictures" }).click();
  await page.waitForSelector("#outcome", { state: "hidden" });
  await ended(page);
  assert.match(await page.textContent("#histogram-title"), /\bHE/);
  assert.equal(await page.isChecked("#score-he"), true);
  assert.equal(await page.isVisible("#without-he"), false);
  assert.equal(await page.isVisible("#more"), false);
  await page.close();
});

test("without pictures there is no result, only what went wrong", async () => {
  const { page } = await open();
  await page.route("**/houses.webp", (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.reload();
  await page.waitForSelector("#run-error:not([hidden])");
  assert.equal(await page.textContent("#headline"), "No result");
  for (const id of ["pairs", "rows", "outcome"])
    assert.equal(await page.locator(`#${id}`).isHidden(), true, id);
  await page.close();
});

test("catches, misses and false alarms are those of the scores, and open by keyboard", async () => {
  const { page, complaints } = await open();
  await ended(page);
  const rows = await savedRows(page);
  const threshold = await number(page, "threshold");
  const flagged = (wanted) =>
    rows.filter(([, , side, , , she]) => side === wanted && Number(she) > threshold).length;
  for (const [id, words] of Object.entries({
    catches: `${flagged("ood")} of 100 strangers are flagged.`,
    misses: `${100 - flagged("ood")} of 100 strangers pass.`,
    alarms: `${flagged("id")} of 100 known pictures are flagged.`,
  }))
    assert.equal(await page.textContent(`#${id}-line`), words);
  assert.equal(await page.locator("#alarms button").count(), Math.min(6, flagged("id")));
  const tile = page.locator("#misses button").first();
  assert.match(
    await tile.ariaSnapshot(),
    /button "house number, \d says \w+, .*\d% stranger than (none|\d+) of 100"/,
  );
  await tile.press("Enter");
  const dialog = page.getByRole("dialog");
  assert.match(
    await dialog.textContent(),
    /Classifier alone.*✗ wrong.*With she-ood.*✗ wrong.*Score/,
  );
  assert.equal(await dialog.getByRole("img", { name: /house number/ }).isVisible(), true);
  await page.evaluate(AXE);
  const violations = await page.evaluate(() => axe.run().then(({ violations }) => violations));
  assert.deepEqual(violations, []);
  await page.keyboard.press("Escape");
  assert.equal(await dialog.isHidden(), true);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a run can be stopped, and another be run after it", async () => {
  const { page, complaints } = await open({ hash: "experiment=objects-mnist" });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForFunction(
    () => /Scoring: [1-9]/.test(document.getElementById("progress-text").textContent),
    null,
    { timeout: PATIENCE },
  );
  await page.getByRole("radio", { name: "CIFAR-10 against MNIST" }).press("Enter");
  await page.getByRole("button", { name: "Stop" }).click();
  const summary = page.locator("#summary");
  await summary.filter({ hasText: "Stopped" }).waitFor();
  assert.match(await summary.textContent(), /^Stopped\. Scoring: [\d,]+ of 2,000\.$/);
  assert.equal(await page.locator("#outcome").isHidden(), true);
  await page.getByRole("radio", { name: "MNIST 0–4 against 5–9" }).check();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await ended(page);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the threshold follows keyboard, mouse and finger, and the rates follow it", async () => {
  const { page, complaints } = await done({ hash: "experiment=digits-digits", hasTouch: true });
  const first = await consistent(page);
  await page.focus("#slider");
  for (let i = 0; i < 20; i++) await page.keyboard.press("ArrowRight");
  const milder = await consistent(page);
  assert.ok(milder.fp < first.fp && milder.tp < first.tp, JSON.stringify([first, milder]));
  await page.keyboard.press("Home");
  assert.deepEqual(await consistent(page), { fp: 1000, tp: 1000, id: 1000, ood: 1000 });
  const box = await page.locator("#histogram").boundingBox();
  await page.mouse.move(box.x + box.width * 0.3, box.y + 100);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + 120, { steps: 5 });
  await page.mouse.up();
  const dragged = await number(page, "threshold");
  await consistent(page);
  await page.touchscreen.tap(box.x + box.width * 0.2, box.y + 100);
  assert.ok((await number(page, "threshold")) < dragged);
  await consistent(page);
  const moved = await number(page, "threshold");
  for (const name of ["MSP", "SHE"])
    await page.getByRole("radio", { name, exact: true }).check({ force: true });
  assert.equal(await number(page, "threshold"), moved);
  await page.getByRole("radio", { name: "CIFAR-10 against MNIST" }).check();
  assert.equal(await page.isVisible("#outdated"), true);
  await page.getByRole("button", { name: "Reset" }).click();
  assert.deepEqual(await consistent(page), first);
  assert.deepEqual(complaints, []);
  await page.close();
});

test("each score has its histogram, its curve and its threshold", async () => {
  const { page, complaints } = await done({ hash: "experiment=digits-fashion" });
  for (const name of ["HE", "MSP", "Max logit", "Energy"]) {
    await page.getByRole("radio", { name, exact: true }).check({ force: true });
    assert.match(await page.textContent("#histogram-title"), new RegExp(name));
    assert.match(await page.textContent("#roc-title"), new RegExp(name));
    const { fp } = await consistent(page);
    assert.ok(fp <= 50, `${name}: ${fp} of 1000 ID are flagged`);
  }
  assert.equal(
    new URLSearchParams(new URL(await addressOf(page)).hash.slice(1)).get("score"),
    "energy",
  );
  assert.deepEqual(complaints, []);
  await page.close();
});

test("HE and a cosine of one layer are fitted on the device", async () => {
  const settings = {
    "preset=hopfield&layers=dense_relu": [0.6, 0.9],
    "preset=openood&layers=dense_relu&similarity=cosine": [0.95, 0.99],
  };
  for (const [setting, [low, high]] of Object.entries(settings)) {
    const { page, complaints } = await done({ hash: `experiment=digits-digits&${setting}` });
    const [she] = await aurocs(page);
    assert.ok(low < she && she < high, `${setting}: ${she}`);
    await consistent(page);
    assert.match(
      await page.textContent("#describes"),
      /fitted here: preset (hopfield|openood), layer dense_relu/,
    );
    assert.deepEqual(complaints, []);
    await page.close();
  }
});

test("several layers of the ResNet are fitted on the device", async () => {
  const hash =
    "experiment=objects-mnist&preset=oodeel&layers=stage1_block3_relu2+stage3_block3_conv2+pooled" +
    "&similarity=cosine&aggregator=std";
  const { page, complaints } = await done({ hash });
  const [she, msp] = await aurocs(page);
  assert.ok(she > msp && she < 1, `${she}, MSP ${msp}`);
  const { detector } = JSON.parse((await saved(page, "Figures, JSON")).bytes);
  assert.deepEqual(
    [detector.layers.length, detector.aggregator.kind, detector.calibrationSize],
    [3, "std", heldOut("cifar10-fit")],
  );
  assert.deepEqual(complaints, []);
  await page.close();
});

test("a fit that cannot be says why, and the next one runs", async () => {
  const { page } = await open({
    hash: "experiment=digits-digits&preset=openood&layers=dense+dense_relu",
  });
  await page.waitForSelector("#layers label");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForSelector("#run-error:not([hidden])");
  assert.match(await page.textContent("#run-error"), /aggregator/);
  await page.getByLabel("Aggregator").selectOption("sum");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await ended(page);
  assert.equal(await page.locator("#run-error").isHidden(), true);
  await page.close();
});

test("pictures that cannot be fetched are named", async () => {
  const { page } = await open();
  await page.route("**/mnist.webp", (route) => route.fulfill({ status: 404, body: "gone" }));
  await page.getByRole("radio", { name: "MNIST 0–4 against 5–9" }).check();
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForSelector("#run-error:not([hidden])");
  assert.match(
    await page.textContent("#run-error"),
    /sheets\/mnist\.webp could not be fetched: the server says 404/,
  );
  await page.close();
});

test("results are saved: scores, figures and charts", async () => {
  const { page, complaints } = await done({ hash: "experiment=digits-fashion" });
  const csv = await saved(page, "Scores, CSV");
  const [head, ...rows] = csv.bytes
    .toString()
    .trimEnd()
    .split("\n")
    .map((row) => row.split(","));
  assert.equal(csv.name, "she-ood-digits-fashion-scores.csv");
  assert.deepEqual(head, [
    "source",
    "index",
    "side",
    "label",
    "predicted",
    "she",
    "he",
    "msp",
    "max_logit",
    "energy",
  ]);
  assert.deepEqual([rows.length, rows.filter(([, , side]) => side === "id").length], [2000, 1000]);
  assert.ok(
    rows.every(
      (row) => row.length === 10 && row.slice(5).every((score) => Number.isFinite(Number(score))),
    ),
  );
  assert.equal(new Set(rows.map(([source, index]) => `${source} ${index}`)).size, 2000);
  assert.deepEqual(rows[0].slice(0, 5), ["MNIST 0-4", "1", "id", "2", "2"]);
  const { figures, settings, counts, threshold, decision } = JSON.parse(
    (await saved(page, "Figures, JSON")).bytes,
  );
  assert.deepEqual(
    [Object.keys(figures), settings.experiment, counts],
    [SCORES, "digits-fashion", { id: 1000, ood: 1000 }],
  );
  const flagged = (wanted) =>
    rows.filter(([, , side, , , score]) => side === wanted && Number(score) > threshold).length;
  assert.deepEqual(
    [flagged("id"), flagged("ood")],
    [decision.falsePositives, decision.truePositives],
  );
  for (const chart of ["Histogram", "ROC"]) {
    const svg = (await saved(page, `${chart}, SVG`)).bytes.toString();
    assert.match(svg, /^<svg[^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"[\s\S]*<title/);
    assert.doesNotMatch(svg, /var\(|class=/);
    const png = (await saved(page, `${chart}, PNG`)).bytes;
    assert.deepEqual([...png.subarray(1, 4)], [...Buffer.from("PNG")]);
    assert.ok(png.readUInt32BE(16) > 400);
  }
  assert.deepEqual(complaints, []);
  await page.close();
});

test("the address holds the settings, and gives them back", async () => {
  const { page } = await open();
  await page.getByRole("radio", { name: "CIFAR-10 against MNIST" }).check();
  await page.getByLabel("Detector").selectOption("paper");
  await page.getByRole("checkbox", { name: "stage1_block3_conv2 " }).check();
  await page.getByLabel("Similarity").selectOption("euclidean");
  await page.getByLabel("Aggregator").selectOption("mean");
  const address = await addressOf(page);
  const { page: other } = await open({ hash: address.split("#")[1] });
  await other.waitForSelector("#layers label");
  assert.equal(
    await other.getByRole("radio", { name: "CIFAR-10 against MNIST" }).isChecked(),
    true,
  );
  const values = await Promise.all(
    ["Detector", "Similarity", "Aggregator"].map((label) => other.getByLabel(label).inputValue()),
  );
  assert.deepEqual(values, ["paper", "euclidean", "mean"]);
  const checked = await other
    .locator("#layers :checked")
    .evaluateAll((boxes) => boxes.map(({ value }) => value));
  assert.deepEqual(checked, ["stage1_block3_conv2", "pooled"]);
  await other.getByRole("radio", { name: "MNIST 0–4 against 5–9" }).check();
  await other.waitForSelector('#layers [value="dense_relu"]:checked');
  await other.goto(
    `${server.url}www/dist/experiments.html#experiment=nonsense&preset=nonsense&score=nonsense`,
  );
  assert.equal(await other.getByLabel("Detector").inputValue(), "");
  assert.equal(
    await other.getByRole("radio", { name: "CIFAR-10 against house numbers" }).isChecked(),
    true,
  );
  await Promise.all([page, other].map((one) => one.close()));
});

test("before, during and after a run the page is accessible and fits its width", async () => {
  const { page, complaints } = await open({
    hash: "experiment=digits-digits&preset=openood&layers=dense_relu",
  });
  await page.waitForSelector("#layers label");
  const views = [];
  for (const colorScheme of ["light", "dark"])
    for (const width of [1280, 390, 320]) views.push({ colorScheme, width });
  const check = async (when) => {
    for (const { colorScheme, width } of views) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      assert.ok(
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        `${when}, ${width}`,
      );
      const violations = await page.evaluate(() =>
        axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html])),
      );
      assert.deepEqual(violations, [], `${when}, ${colorScheme}, ${width}`);
    }
  };
  await page.evaluate(AXE);
  await check("before");
  const release = await hold(page, "**/mnist.webp");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.waitForSelector("#status:not([hidden])");
  await check("during");
  release();
  await ended(page);
  await check("after");
  assert.deepEqual(complaints, []);
  await page.close();
});
