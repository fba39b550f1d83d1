// The page in Chromium: from a cold start to the first report, reports a second while a pen
// moves, and the longest task on the main thread while an experiment runs.
//
//     make bench-page
import { start } from "../tests/chromium.js";

const ROUNDS = 5;
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
const { server, browser, close } = await start();

/** From navigation to the report on the sample that the address names. */
async function firstReport(kind) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${server.url}www/dist/#kind=${kind}&sample=3`);
  const time = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const seen = () => !document.getElementById("answers").hidden && resolve(performance.now());
        new MutationObserver(seen).observe(document.getElementById("answers"), {
          attributes: true,
        });
        seen();
      }),
  );
  await context.close();
  return time;
}

/** Reports a second while a stroke is drawn that moves with every frame of the screen. */
async function drawing() {
  const page = await browser.newPage();
  await page.goto(`${server.url}www/dist/#kind=digits`);
  await page.waitForFunction(
    () =>
      !document.getElementById("map-state").textContent.startsWith("Placing") &&
      document.getElementById("report").ariaBusy === "false",
  );
  const found = await page.evaluate(async () => {
    const [times, pad] = [[], document.getElementById("pad")];
    new MutationObserver(() => times.push(performance.now())).observe(
      document.getElementById("similarities"),
      { childList: true },
    );
    const { x, y, width, height } = pad.getBoundingClientRect();
    const move = (type, i) => {
      const [clientX, clientY] = [
        x + width * (0.5 + 0.3 * Math.cos(i / 15)),
        y + height * (0.5 + 0.35 * Math.sin(i / 15)),
      ];
      pad.dispatchEvent(
        new PointerEvent(type, {
          clientX,
          clientY,
          bubbles: true,
          isPrimary: true,
          pointerId: 1,
          buttons: 1,
          pressure: 0.5,
        }),
      );
    };
    move("pointerdown", 0);
    for (let i = 1; i <= 200; i++) {
      await new Promise(requestAnimationFrame);
      move("pointermove", i);
    }
    move("pointerup", 200);
    return {
      reports: times.length,
      "a second": Math.round((1000 * (times.length - 1)) / (times.at(-1) - times[0])),
    };
  });
  await page.close();
  return found;
}

/** The longest tasks of the main thread while an experiment runs. */
async function experiment(name) {
  const page = await browser.newPage();
  await page.goto(`${server.url}www/dist/experiments.html#experiment=${name}`);
  await page.evaluate(() => {
    globalThis.tasks = [];
    new PerformanceObserver((list) =>
      tasks.push(...list.getEntries().map(({ duration }) => duration)),
    ).observe({ type: "longtask" });
  });
  const begin = Date.now();
  await page.click("#start");
  await page.waitForSelector("#outcome:not([hidden])", { timeout: 120_000 });
  const tasks = await page.evaluate(() => tasks);
  await page.close();
  return {
    seconds: (Date.now() - begin) / 1000,
    "tasks over 50 ms": tasks.length,
    longest: Math.max(0, ...tasks),
  };
}

for (const kind of ["digits", "objects"]) {
  const times = [];
  for (let i = 0; i < ROUNDS; i++) times.push(Math.round(await firstReport(kind)));
  console.log(
    `first report, ${kind}, from a cold cache on loopback: median ${median(times)} ms, ` +
      `worst ${times.at(-1)} ms`,
  );
}
console.log("drawing:", await drawing());
for (const name of ["digits-digits", "objects-fashion"]) console.log(name, await experiment(name));
await close();
