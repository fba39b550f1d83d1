// The pictures of README.md, and the one that a link to the pages shows, made from the built page.
//
//     make pictures
import { mkdirSync } from "node:fs";
import { start } from "../tests/chromium.js";

const judged = async (page) => {
  await page.waitForSelector('#report[aria-busy="false"]');
  await page.waitForFunction(
    () => !document.getElementById("map-state").textContent.startsWith("Placing"),
    undefined,
    { timeout: 60_000 },
  );
};

/** What is done before a picture is taken, and how much of the page it takes. */
const PICTURES = {
  "docs/pictures/digit.png": { address: "", height: 700, prepare: judged },
  "docs/pictures/pushed.png": {
    address: "#kind=objects&sample=4",
    colorScheme: "dark",
    async prepare(page) {
      await judged(page);
      await page.click("#why > summary");
      await page.click("#push > summary");
      await page.locator('[name="blend"]').fill("0.6");
      await judged(page);
      await page.locator("#push").evaluate((push) => push.scrollIntoView({ block: "end" }));
    },
  },
  "docs/pictures/experiment.png": {
    address: "experiments.html",
    clip: "main",
    height: 1700,
    prepare: (page) => page.waitForSelector("#outcome:not([hidden])", { timeout: 60_000 }),
  },
  "www/public/social.png": { address: "", height: 630, prepare: judged },
};

mkdirSync("docs/pictures", { recursive: true });
const { server, browser, close } = await start();
for (const [path, picture] of Object.entries(PICTURES)) {
  const { address, clip, height = 800, colorScheme = "light", prepare } = picture;
  const page = await browser.newPage({ viewport: { width: 1200, height }, colorScheme });
  await page.goto(`${server.url}www/dist/${address}`);
  await prepare(page);
  await (clip ? page.locator(clip) : page).screenshot({ path });
  await page.close();
}
await close();
