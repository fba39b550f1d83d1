// Chromium: a room is a page, fresh ones share nothing. Pages are isolated, so that they may have
// threads and a clock of microseconds.
import { readFileSync } from "node:fs";
import { start } from "../../tests/chromium.js";

const ISOLATED = {
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
};
const BLANK = {
  contentType: "text/html",
  headers: ISOLATED,
  body: "<!doctype html><title>blank</title>",
};

/**
 * Megabytes that all renderers of a browser hold for themselves and their part of what they share.
 */
export async function megabytes(browser) {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  await session.detach();
  const held = ({ id }) =>
    Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))[1]);
  const sizes = processInfo.filter(({ type }) => type === "renderer").map(held);
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

/** A page that is not cached anywhere, and a way to call what benches/trial.js exports in it. */
async function room({ browser, server }) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.route("**/blank", (route) => route.fulfill(BLANK));
  await page.goto(`${server.url}blank`);
  await page.evaluate(async () => (globalThis.trial = await import("/benches/trial.js")));
  return {
    call: (what, ...given) =>
      page.evaluate(([what, given]) => globalThis.trial[what](...given), [what, given]),
    close: () => context.close(),
  };
}

export async function chromium() {
  const main = await start({ headers: ISOLATED });
  return {
    version: main.browser.version(),
    room: () => room(main),
    /** A call in a room of its own. */
    async fresh(what, ...given) {
      const own = await room(main);
      try {
        return await own.call(what, ...given);
      } finally {
        await own.close();
      }
    },
    /** Megabytes that a call adds to an empty page, in a browser of its own. */
    async memory(what, ...given) {
      const own = await start({ headers: ISOLATED });
      try {
        const { call } = await room(own);
        const before = await megabytes(own.browser);
        await call(what, ...given);
        return (await megabytes(own.browser)) - before;
      } finally {
        await own.close();
      }
    },
    close: main.close,
  };
}
