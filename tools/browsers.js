// Finds the browsers that the tests drive. As a program, it fails when one is missing.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const found = (...paths) => paths.find((path) => path && existsSync(path));

/** Path of each program, `undefined` if it is missing. CHROME and FIREFOX name other ones. */
export const browsers = {
  chromium: found(
    process.env.CHROME,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ),
  firefox: found(process.env.FIREFOX, "/usr/bin/firefox-esr", "/usr/bin/firefox"),
  webKitDriver: found("/usr/bin/WebKitWebDriver"),
  xvfbRun: found("/usr/bin/xvfb-run"),
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const missing = Object.keys(browsers).filter((name) => !browsers[name]);
  if (missing.length > 0) console.error(`not found: ${missing.join(", ")}`);
  process.exitCode = missing.length > 0 ? 1 : 0;
}
