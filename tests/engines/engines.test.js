// The package and the pages in the engines other than Chromium's, which the other tests use.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Detector } from "she-ood";
import { serve } from "../server.js";
import { DIGITS } from "../strokes.js";
import { firefox } from "./firefox.js";
import { PIXELS, VALUES } from "./samples.js";
import { webkit } from "./webkit.js";

const TOLERANCE = 1e-5;

/** Puts the script that keeps errors and warnings before all other scripts of a page. */
const listening = (html) =>
  html.replace(/(?=\s*<(title|script))/, '<script src="/tests/engines/complaints.js"></script>');

/** Runs in the page: waits for an element. Returns the milliseconds since the visit. */
async function shown(selector) {
  const deadline = performance.now() + 60_000;
  while (!document.querySelector(selector)) {
    if (performance.now() > deadline) throw new Error(`no ${selector} within a minute`);
    await new Promise(requestAnimationFrame);
  }
  return performance.now();
}

/** Runs in the page: hands it a picture file, as a drop or a paste does. */
async function transfer(type) {
  const canvas = Object.assign(document.createElement("canvas"), { width: 200, height: 200 });
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, 200, 200);
  context.fillStyle = "black";
  context.fillRect(90, 30, 20, 140);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve));
  const data = new DataTransfer();
  data.items.add(new File([blob], "one.png", { type: "image/png" }));
  // Firefox's ClipboardEvent has clipboardData of its own.
  const event = new Event(type, { cancelable: true });
  event[type === "drop" ? "dataTransfer" : "clipboardData"] = data;
  document.dispatchEvent(event);
}

for (const start of [firefox, webkit]) {
  describe(start.name, () => {
    let server, browser;

    before(async () => {
      server = await serve({ editPage: listening });
      browser = await start();
      console.log(`# ${browser.version}`);
    });
    after(async () => {
      await browser?.close();
      await server.close();
    });

    const visit = (path) => browser.visit(`${server.url}${path}`);
    const click = (id) => browser.evaluate((id) => document.getElementById(id).click(), id);
    const text = (id) => browser.evaluate((id) => document.getElementById(id).textContent, id);
    const complaints = () => browser.evaluate(() => globalThis.complaints);
    const reported = (state) =>
      browser.evaluate(shown, `#report[data-state="${state}"]:not([aria-busy="true"])`);

    test("each entry of the package gives Node's scores under a strict policy", async () => {
      const detector = await Detector.embedded();
      const expected = [VALUES, PIXELS, PIXELS]
        .map((input) => detector.score(input))
        .flatMap(({ score, pValue }) => [score, pValue]);
      await visit("tests/engines/package.html");
      const scores = await browser.evaluate(() => globalThis.scores);
      assert.deepEqual(Object.keys(scores).sort(), ["index", "inline", "worker"]);
      for (const [entry, found] of Object.entries(scores))
        for (const [i, value] of found.flat().entries())
          assert.ok(Math.abs(value - expected[i]) <= TOLERANCE, `${entry}: ${found}, ${expected}`);
      assert.deepEqual(await complaints(), []);
    });

    test("the first page reports on a sample", async () => {
      await visit("www/dist/index.html#kind=digits&sample=3");
      const time = await browser.evaluate(shown, "#answers:not([hidden])");
      console.log(`# ${start.name}: first report after ${Math.round(time)} ms`);
      assert.match(await text("score"), /^[−-]?\d/);
      assert.deepEqual(await complaints(), []);
    });

    test("the first page reports on a drawing, a dropped and a pasted picture", async () => {
      await visit("www/dist/index.html#kind=digits");
      await reported("unknown");
      const pad = await browser.evaluate(() => {
        const element = document.getElementById("pad");
        element.scrollIntoView({ block: "center" });
        const { x, y, width, height } = element.getBoundingClientRect();
        return { x, y, width, height };
      });
      for (const stroke of DIGITS[0])
        await browser.drag(
          stroke.map(([x, y]) => [pad.x + (x / 100) * pad.width, pad.y + (y / 100) * pad.height]),
        );
      await reported("known");
      assert.match(await text("words"), /\b0\b/);
      for (const type of ["drop", "paste"]) {
        await click("clear");
        await reported("waiting");
        await browser.evaluate(transfer, type);
        await reported("known");
        assert.match(await text("words"), /\b1\b/);
      }
      assert.deepEqual(await complaints(), []);
    });

    test("the page for own models fits its example", async () => {
      await visit("www/dist/own.html");
      await click("model-example");
      await browser.evaluate(shown, "#pictures-body:not([hidden])");
      await click("pictures-example");
      await browser.evaluate(shown, "#proof-body:not([hidden])");
      await click("start");
      await browser.evaluate(shown, "#trial-body:not([hidden])");
      assert.deepEqual(await complaints(), []);
    });
  });
}
