// Chromium and a server of the project's folder, for the tests that need a real browser.
import { chromium } from "playwright-core";
import { browsers } from "../tools/browsers.js";
import { serve } from "./server.js";

// A camera that is none, and lets itself be used.
const ARGS = [
  "--no-sandbox",
  "--disable-background-networking",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
];

/** Script for a page: `picturesOf(file)` gives one picture in everything that can hold it. */
export const PICTURES = `
  globalThis.picturesOf = async (file) => {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    const image = Object.assign(new Image(), { src: URL.createObjectURL(file) });
    await image.decode();
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    const offscreen = new OffscreenCanvas(width, height);
    offscreen.getContext("2d").drawImage(bitmap, 0, 0);
    const pixels = canvas.getContext("2d").getImageData(0, 0, width, height);
    const frame = new VideoFrame(bitmap, { timestamp: 0 });
    return { pixels, file, bitmap, image, canvas, offscreen, frame };
  };`;

/** The page's address as it has it: `page.url()` hears of a new one a moment later. */
export const addressOf = (page) => page.evaluate(() => location.href);

/** Holds back the files that match a pattern until what it returns is called. */
export async function hold(page, pattern) {
  let release;
  const held = new Promise((resolve) => (release = resolve));
  await page.route(pattern, (route) => held.then(() => route.continue()));
  return release;
}

/**
 * With further arguments for Chromium, such as one that names a video for its camera, and headers
 * of the server.
 */
export async function start({ args = [], headers } = {}) {
  const server = await serve({ headers });
  const browser = await chromium.launch({
    executablePath: browsers.chromium,
    args: [...ARGS, ...args],
  });

  /** A blank page of the server's origin, with an entry of the package at hand as `she`. */
  async function blank({ entry = "index", prepare = async () => {} } = {}) {
    const page = await browser.newPage();
    await prepare(page);
    await page.route("**/blank", (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html><title>blank</title>" }),
    );
    await page.goto(`${server.url}blank`);
    await page.evaluate(
      async (entry) => (globalThis.she = await import(`/pkg/${entry}.js`)),
      entry,
    );
    return page;
  }

  /** A page of the build; what it logs or fetches from elsewhere ends up in `complaints`. */
  async function visit(address, options = {}) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    const complaints = [];
    page.on(
      "console",
      (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()),
    );
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("request", (request) => {
      if (![server.url, "data:", "blob:"].some((start) => request.url().startsWith(start)))
        complaints.push(request.url());
    });
    await page.goto(`${server.url}www/dist/${address}`);
    return { page, complaints };
  }

  const close = async () => {
    await browser.close();
    await server.close();
  };
  return { server, browser, blank, visit, close };
}
