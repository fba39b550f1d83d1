// Firefox, by WebDriver BiDi.
import puppeteer from "puppeteer-core";
import { browsers } from "../../tools/browsers.js";

/** Starts Firefox with one page. */
export async function firefox() {
  const browser = await puppeteer.launch({
    browser: "firefox",
    executablePath: browsers.firefox,
  });
  const page = await openPage(browser).catch(async (error) => {
    // Left open, it would keep the tests from ending.
    await browser.close();
    throw error;
  });
  return {
    version: await browser.version(),
    visit: (address) => page.goto(address),
    /** The value that a function of the page returns or promises. */
    evaluate: (call, given) => page.evaluate(call, given),
    /** Moves the pressed mouse along points of the window. */
    async drag([[x, y], ...points]) {
      await page.mouse.move(x, y);
      await page.mouse.down();
      for (const point of points) await page.mouse.move(...point);
      await page.mouse.up();
    },
    close: () => browser.close(),
  };
}

async function openPage(browser) {
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  return page;
}
