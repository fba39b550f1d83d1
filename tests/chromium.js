// Chromium and a server of the project's folder, for the tests that need a real browser.
import { chromium } from "playwright-core";
import { browser as executablePath } from "../tools/browser.js";
import { serve } from "./server.js";

// A camera that is none, and lets itself be used.
const ARGS = ["--no-sandbox", "--disable-background-networking", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

export async function start() {
  const server = await serve();
  const browser = await chromium.launch({ executablePath, args: ARGS });

  /** A blank page of the server's origin, with an entry of the package at hand as `she`. */
  async function blank({ entry = "index", prepare = async () => {} } = {}) {
    const page = await browser.newPage();
    await prepare(page);
    await page.route("**/blank", (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>blank</title>" }));
    await page.goto(`${server.url}blank`);
    await page.evaluate(async (entry) => (globalThis.she = await import(`/pkg/${entry}.js`)), entry);
    return page;
  }

  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { server, browser, blank, close };
}
