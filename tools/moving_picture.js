// The moving picture of README.md, made from the built page: three things are taught, new views of
// them are recognised, and a stranger is refused.
//
//     make pictures
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { start } from "../tests/chromium.js";

/** What is shown after the teaching, by how its button begins, and the answer to it. */
const TRIES = [
  ["coffee cup", "coffee cup"],
  ["rocket", "rocket"],
  ["raccoon, never taught", "I haven't been taught this"],
];

/** The upper part of the page: the picture, the verdict and the classes. */
const VIEW = { width: 1160, height: 500 };

/** Milliseconds that a frame stays: while examples come in, and once there is an answer. */
const [TEACHING, ANSWER] = [120, 1800];

const folder = mkdtempSync(join(tmpdir(), "moving-"));
const frames = [];
const { server, browser, close } = await start();
const page = await browser.newPage({ viewport: { width: 1200, height: 1200 } });
await page.goto(`${server.url}www/dist/teach.html`);

async function shoot(duration) {
  const { x, y } = await page.locator(".teaching").boundingBox();
  const path = join(folder, `${frames.length}.png`);
  writeFileSync(path, await page.screenshot({ clip: { x, y, ...VIEW } }));
  frames.push({ path, duration });
}

const isTaught = () => page.locator("#tries-box").isVisible();
await page.locator("#demonstrate:enabled").click({ timeout: 60_000 });
while (!(await isTaught())) await shoot(TEACHING);
await page.click("#demonstrate");
for (const [name, answer] of TRIES) {
  await page.locator(`#tries button[aria-label^="${name}"]`).first().click();
  await page.waitForSelector(`#words:text-is("${answer}")`);
  await page.mouse.move(0, 0);
  await shoot(ANSWER);
}
await close();

writeFileSync(join(folder, "frames.json"), JSON.stringify(frames));
execFileSync(".tools/python-test/bin/python", [
  "tools/animate.py",
  join(folder, "frames.json"),
  "docs/pictures/teach.webp",
]);
rmSync(folder, { recursive: true });
