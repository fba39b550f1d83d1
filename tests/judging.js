// What the examples' pages say of pictures.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { picture } from "./examples.js";

const AXE = fileURLToPath(new URL("../node_modules/axe-core/axe.min.js", import.meta.url));

/** A page that has said it is ready; whatever it logs as an error ends up in `complaints`. */
export async function visited(browser, url, ready) {
  const page = await browser.newPage();
  const complaints = [];
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  // A page without an icon is asked for one.
  await page.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  await page.goto(url);
  await page.getByText(ready).waitFor();
  return { page, complaints };
}

/** Asserts that a page knows a three, does not know a nine, survives a text, and is accessible. */
export async function assertJudges(browser, url) {
  const { page, complaints } = await visited(browser, url, "Choose a picture.");
  const input = page.getByRole("main").locator("input");
  const judge = async (file, expected) => {
    await input.setInputFiles(file);
    await page.locator("output").filter({ hasText: expected }).waitFor();
  };
  await judge(picture("three"), "It is a 3.");
  await judge(picture("nine"), "I have never seen such a thing.");
  await judge("package.json", /not a picture|no picture|not .*image|cannot|could not/);
  await judge(picture("three"), "It is a 3.");
  await page.addScriptTag({ path: AXE });
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(
    violations.map(({ id, help }) => `${id}: ${help}`),
    [],
  );
  assert.deepEqual(complaints, []);
  await page.close();
}
