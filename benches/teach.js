// The page "Teach it" with a fake camera, in Chromium: how soon one can teach, verdicts a second,
// how long the page is blocked, and memory while the camera is on.
//
//     make bench-teach             ten minutes of camera
//     MINUTES=1 make bench-teach
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeVideo } from "../tests/camera-video.js";
import { start } from "../tests/chromium.js";
import { megabytes } from "./places/chromium.js";

const MINUTES = Number(process.env.MINUTES ?? 10);
const home = mkdtempSync(join(tmpdir(), "teach-"));
const video = join(home, "camera.mjpeg");
const { browser, blank, visit, close } = await start({
  args: [`--use-file-for-fake-video-capture=${video}`],
});
const maker = await blank();
await writeVideo(maker, "cat", video);
await maker.context().close();

/** Milliseconds until one can teach, in a browser context that has nothing kept. */
async function coldStart() {
  const begin = performance.now();
  const { page } = await visit("teach.html");
  await page.waitForSelector("#teaching:enabled");
  const taken = performance.now() - begin;
  await page.context().close();
  return taken;
}

const starts = [];
for (let i = 0; i < 5; i++) starts.push(await coldStart());
const middle = starts.sort((a, b) => a - b)[2];
console.log(`ready to teach after ${middle.toFixed(0)} ms (${starts.map(Math.round).join(", ")})`);

const { page, complaints } = await visit("teach.html", { permissions: ["camera"] });
await page.waitForSelector("#teaching:enabled");
await page.evaluate(() => {
  globalThis.blocked = [];
  globalThis.verdicts = 0;
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.blocked.push(Math.round(duration));
  }).observe({ type: "longtask" });
  const counted = { childList: true, characterData: true, subtree: true };
  new MutationObserver(() => globalThis.verdicts++).observe(
    document.getElementById("strangeness"),
    counted,
  );
});
await page.click("#demonstrate");
await page.waitForSelector("#tries-box:not([hidden])");
await page.click("#camera");
await page.waitForSelector('#verdict[data-state="known"]');

const held = [];
const before = await page.evaluate(() => globalThis.verdicts);
for (let tenth = 0; tenth < 10; tenth++) {
  await page.waitForTimeout(MINUTES * 6000);
  held.push(await megabytes(browser));
}
const { verdicts, blocked } = await page.evaluate(() => ({
  verdicts: globalThis.verdicts,
  blocked: globalThis.blocked,
}));
console.log(
  `${((verdicts - before) / MINUTES / 60).toFixed(1)} verdicts a second, ` +
    `tasks over 50 ms: ${blocked.join(", ") || "none"}, ` +
    `memory ${held.map((size) => size.toFixed(0)).join(", ")} MB, ${complaints.length} complaints`,
);
await close();
rmSync(home, { recursive: true });
process.exitCode = complaints.length > 0 ? 1 : 0;
