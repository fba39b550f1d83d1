// The report that the command line writes, in a real browser.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { start } from "./chromium.js";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const ROOT = fileURLToPath(new URL("../", import.meta.url));
const FOLDER = "target/report";
const SIDE = 28;
/** Screens of a phone that a report may fill before its first set, and for each set. */
const SCREENS = 3;
const PHONE = { width: 390, height: 844 };

let browser, close;

before(async () => ({ browser, close } = await start()));
after(() => close?.());

/** Opens a report as its reader does: the file itself. Lists what it loads and complains of. */
async function open(path, options) {
  const page = await browser.newPage(options);
  const heard = [];
  page.on("console", (message) => heard.push(message.text()));
  page.on("request", (request) => heard.push(request.url()));
  const address = String(pathToFileURL(path));
  await page.goto(address);
  return {
    page,
    complaints: () => heard.filter((it) => it !== address && !it.startsWith("data:")),
  };
}

/** Writes pictures as an idx file. */
function write(name, pictures) {
  const header = Buffer.from([0, 0, 8, 3, 0, 0, 0, pictures.length, 0, 0, 0, SIDE, 0, 0, 0, SIDE]);
  const path = `${FOLDER}/${name}.idx`;
  writeFileSync(join(ROOT, path), Buffer.concat([header, ...pictures]));
  return `${path}:name=${name}`;
}

/** Pictures of which each has another seed. */
const pictures = (pixel) =>
  Array.from({ length: 60 }, (_, seed) =>
    Buffer.from(Array.from({ length: SIDE * SIDE }, (_, i) => pixel(i, seed))),
  );

/** A report on two sets, the second with a long name. */
function report() {
  mkdirSync(join(ROOT, FOLDER), { recursive: true });
  const stripes = write(
    "stripes",
    pictures((i, seed) => ((i + seed) % (3 + (seed % 7)) ? 0 : 255)),
  );
  const noise = pictures((i, seed) => (Math.imul(i + 1009 * seed, 2654435761) >>> 24) & 255);
  const sets = [write("noise", noise), write("a-name-that-has-no-end-".repeat(5), noise)];
  execFileSync(
    "target/debug/she-ood",
    [
      ...["eval", "models/digits.onnx", "--id", stripes],
      ...sets.flatMap((set) => ["--ood", set]),
      ...["--report", `${FOLDER}/report.html`],
    ],
    { cwd: ROOT, stdio: "ignore" },
  );
  return { path: join(ROOT, FOLDER, "report.html"), sets: sets.length };
}

test("a report is accessible and fits its width and a phone, folded and unfolded", async () => {
  const { path, sets } = report();
  const { page, complaints } = await open(path, { bypassCSP: true });
  await page.evaluate(AXE);
  for (const isOpen of [false, true]) {
    await page.evaluate((isOpen) => {
      for (const fold of document.querySelectorAll("details")) fold.open = isOpen;
    }, isOpen);
    for (const colorScheme of ["light", "dark"])
      for (const width of [1920, 1280, 390, 320]) {
        const view = `${isOpen ? "unfolded" : "folded"}, ${colorScheme}, ${width}`;
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ ...PHONE, width });
        assert.ok(
          await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
          view,
        );
        const violations = await page.evaluate(() =>
          axe
            .run()
            .then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes[0].html])),
        );
        assert.deepEqual(violations, [], view);
      }
  }
  await page.evaluate(() => {
    for (const fold of document.querySelectorAll("details")) fold.open = false;
  });
  await page.setViewportSize(PHONE);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  assert.ok(height <= (1 + sets) * SCREENS * PHONE.height, `${height} pixels`);
  assert.deepEqual(complaints(), []);
  await page.close();
});

test("strangers are drawn on top of the known, in another shape and colour", async () => {
  const { page } = await open(report().path);
  const [map] = await page.locator('svg[aria-label^="Map"]').all();
  const marks = await map.evaluate((svg) =>
    [...svg.querySelectorAll("path")].map((path) => [
      path.getAttribute("class"),
      getComputedStyle(path).stroke,
    ]),
  );
  assert.deepEqual(
    marks.map(([name]) => name),
    ["dots", "halo", "crosses"],
  );
  assert.notEqual(marks[0][1], marks[2][1]);
  await page.close();
});
