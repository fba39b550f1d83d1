// The extension of examples/extension, in Chromium.
import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { browsers } from "../tools/browsers.js";

/** Asserts that an extension judges pictures; `address` is a server of this project's folder. */
export async function assertExtensionJudges(folder, address) {
  const context = await chromium.launchPersistentContext("", {
    executablePath: browsers.chromium,
    ignoreDefaultArgs: ["--disable-extensions"],
    args: ["--no-sandbox", "--disable-background-networking", `--load-extension=${folder}`],
  });
  try {
    const worker = context.serviceWorkers()[0] ?? (await context.waitForEvent("serviceworker"));
    const judged = (name) => worker.evaluate(choose, address + name);
    assert.deepEqual(await judged("examples/pictures/three.png"), ["3", "known"]);
    assert.deepEqual(await judged("examples/pictures/nine.png"), ["no", "unknown"]);
    const [badge, title] = await judged("package.json");
    assert.equal(badge, "!", title);
  } finally {
    await context.close();
  }
}

/** In the service worker: chooses the item of the context menu. Returns badge and title. */
async function choose(srcUrl) {
  const [tab] = await chrome.tabs.query({});
  const tabId = tab.id;
  await chrome.action.setBadgeText({ tabId, text: "" });
  chrome.contextMenus.onClicked.dispatch({ menuItemId: "judge", srcUrl }, tab);
  for (;;) {
    const text = await chrome.action.getBadgeText({ tabId });
    if (text) return [text, await chrome.action.getTitle({ tabId })];
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
