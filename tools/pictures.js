// The pictures of README.md, made from the built page.
//
//     make pictures
import { mkdirSync } from "node:fs";
import { start } from "../tests/chromium.js";

/** Something that looks like an answer, and how much of the page it takes. */
const PICTURES = {
  teach: {
    address: "teach.html",
    colorScheme: "light",
    clip: ".teaching",
    height: 800,
    tried: "raccoon, never taught",
  },
  digit: { address: "#kind=digits&sample=25", colorScheme: "light", clip: "main" },
  pushed: { address: "#kind=objects&sample=4", colorScheme: "dark", clip: "main", slider: "noise" },
  experiment: {
    address: "experiments.html#experiment=digits-digits",
    colorScheme: "light",
    clip: "main",
    run: true,
  },
};

mkdirSync("docs/pictures", { recursive: true });
const { server, browser, close } = await start();
for (const [name, picture] of Object.entries(PICTURES)) {
  const { address, colorScheme, clip, slider, run, tried, height = 1700 } = picture;
  const page = await browser.newPage({ viewport: { width: 1200, height }, colorScheme });
  await page.goto(`${server.url}www/dist/${address}`);
  if (tried) {
    await page.click("#demonstrate");
    await page.getByRole("button", { name: tried }).first().click({ timeout: 60_000 });
    await page.waitForSelector('#verdict[data-state="unknown"]');
  } else if (run) {
    await page.click("#start");
    await page.waitForSelector("#outcome:not([hidden])", { timeout: 60_000 });
  } else {
    await page.waitForFunction(
      () =>
        document.getElementById("map-state").textContent === "" &&
        !document.getElementById("answers").hidden,
      undefined,
      { timeout: 60_000 },
    );
  }
  if (slider) {
    await page.click("#push summary");
    for (let value = 0; value <= 0.35; value += 0.05)
      await page.locator(`[name="${slider}"]`).fill(value.toFixed(2));
  }
  await page.locator(clip).screenshot({ path: `docs/pictures/${name}.png` });
  await page.close();
}
await close();
