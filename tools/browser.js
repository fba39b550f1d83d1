// Finds the browser for the tests and prints its path; fails when there is none.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CANDIDATES = [
  process.env.CHROME,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Path of Chromium or Chrome, `undefined` where there is none. `CHROME` names another. */
export const browser = CANDIDATES.find((path) => path && existsSync(path));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(browser ?? "no Chromium found: install it, or name one in CHROME");
  process.exitCode = browser ? 0 : 1;
}
