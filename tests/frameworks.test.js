// `make examples`: the examples as their readers install them, with frameworks and all, while one
// develops and as they are built. tests/examples.test.js tries more of each.
import assert from "node:assert/strict";
import { cpSync, mkdirSync } from "node:fs";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { start } from "./chromium.js";
import { installed, output, picture, served } from "./examples.js";
import { assertExtensionJudges } from "./extension.js";
import { assertJudges, visited } from "./judging.js";

const HOME = fileURLToPath(new URL("../target/examples/installed/", import.meta.url));
const PREVIEW = ["exec", "vite", "preview"];
/** npm's arguments that serve what was built. */
const PAGES = {
  vanilla: PREVIEW,
  react: PREVIEW,
  vue: PREVIEW,
  next: ["start"],
  "onnxruntime-web": PREVIEW,
  kiosk: PREVIEW,
};

let server, browser, close, tarball;

before(async () => {
  mkdirSync(HOME, { recursive: true });
  const pkg = fileURLToPath(new URL("../pkg", import.meta.url));
  tarball = HOME + (await output(HOME, "npm", ["pack", "--silent", pkg])).trim();
  ({ server, browser, close } = await start());
});
after(() => close?.());

async function visit(name, url) {
  if (name !== "kiosk") return assertJudges(browser, url);
  const { page, complaints } = await visited(browser, url, "Ready.");
  await page.getByRole("button", { name: "Check" }).click();
  // Chromium's own camera shows a disc that moves.
  await page.getByText("I have never seen such a thing.").waitFor();
  assert.deepEqual(complaints, []);
  await page.close();
}

for (const [name, serve] of Object.entries(PAGES))
  test(name, async () => {
    const folder = await installed(name, tarball);
    const during = async (args) => {
      const { url, stop } = await served(folder, "npm", args);
      await visit(name, url).finally(stop);
    };
    await during(["run", "dev"]);
    await output(folder, "npm", ["run", "build"]);
    await during(serve);
  });

test("Node", async () => {
  const folder = await installed("node", tarball);
  const said = await output(folder, "node", ["judge.js", picture("three"), picture("nine")], 1);
  assert.match(said, /known\t3.*\n.*unknown/);
});

test("extension", async () =>
  assertExtensionJudges(await installed("extension", tarball), server.url));

test("Rust", async () => {
  const folder = `${HOME}rust`;
  cpSync("examples/rust", folder, { recursive: true });
  // The versions that this project is tested with.
  cpSync("Cargo.lock", `${folder}/Cargo.lock`);
  const patch = `patch.crates-io.she-ood.path="${process.cwd()}"`;
  const args = ["run", "--quiet", "--release", "--config", patch, "--", picture("three")];
  assert.match(await output(folder, "cargo", args), /three.png: it is a 3/);
});
