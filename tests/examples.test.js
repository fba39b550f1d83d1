// The examples as their readers run them, on a picture that the detector knows and on a strange
// one. Those here need nothing that this project does not have; tests/frameworks.test.js installs
// all of them.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { PNG } from "pngjs";
import { start } from "./chromium.js";
import { copied, output, picture, served, writeVideo } from "./examples.js";
import { assertExtensionJudges } from "./extension.js";
import { assertJudges, visited } from "./judging.js";

const CAMERA = "target/examples/camera.y4m";
const PICTURES = [picture("three"), picture("nine")];

let server, browser, close;

before(async () => {
  const args = [`--use-file-for-fake-video-capture=${CAMERA}`];
  ({ server, browser, close } = await start({ args }));
});
after(() => close());

/** Builds a copy of an example and serves it, for as long as `visit` takes. */
async function built(name, visit, linked) {
  const folder = copied(name, linked);
  await output(folder, "npm", ["run", "build"]);
  const { url, stop } = await served(folder, "npm", ["exec", "vite", "preview"]);
  try {
    await visit(url);
  } finally {
    stop();
  }
}

test("each has a short README, its own manifest, and its line in docs/examples.md", () => {
  const list = readFileSync("docs/examples.md", "utf8");
  const folders = readdirSync("examples", { withFileTypes: true }).filter((it) => it.isDirectory());
  const programs = folders
    .map(({ name }) => name)
    .filter((name) => !["pictures", "cifar10"].includes(name));
  assert.deepEqual(
    [...list.matchAll(/^- \[`(.*?)`\]\(\.\.\/examples\/\1\/\)/gm)]
      .map(([, name]) => name)
      .toSorted(),
    programs.toSorted(),
  );
  const [, home] = readFileSync("Cargo.toml", "utf8").match(/homepage = "https:\/\/(.*)\/"/);
  const repository = home.replace(".github.io", "");
  for (const name of programs.filter((name) => !["ray", "federated"].includes(name))) {
    const readme = readFileSync(`examples/${name}/README.md`, "utf8");
    assert.ok(readme.split("\n").length <= 16, name);
    const link = readme.match(/https:\/\/stackblitz.com\S+(?=\))/)?.[0];
    if (link)
      assert.equal(link, `https://stackblitz.com/github/${repository}/tree/main/examples/${name}`);
  }
});

test("vanilla", async () => built("vanilla", (url) => assertJudges(browser, url)));

test("onnxruntime-web", async () =>
  built("onnxruntime-web", (url) => assertJudges(browser, url), {
    "onnxruntime-web": "benches/peers/node_modules/onnxruntime-web",
  }));

test("kiosk", async () =>
  built("kiosk", async (url) => {
    const show = (name) => {
      const { data } = PNG.sync.read(readFileSync(picture(name)));
      const grey = data.filter((_, i) => i % 4 === 0);
      writeVideo(CAMERA, grey);
    };
    show("three");
    const { page, complaints } = await visited(browser, url, "Ready.");
    const check = async (expected) => {
      await page.getByRole("button", { name: "Check" }).click();
      await page.getByText(expected).waitFor();
    };
    await check("It is a 3.");
    // The camera goes off before its film is changed.
    await page.goto("about:blank");
    show("nine");
    await page.goto(url);
    await page.getByText("Ready.").waitFor();
    for (let visitor = 0; visitor < 40; visitor++) await check("I have never seen such a thing.");
    await page.getByText("What visitors show has changed since number 2.").waitFor();
    assert.deepEqual(complaints, []);
    await page.close();
  }));

test("extension", () => assertExtensionJudges(copied("extension"), server.url));

test("Node", async () => {
  const folder = copied("node");
  const judged = (pictures, status) => output(folder, "node", ["judge.js", ...pictures], status);
  assert.match(await judged(PICTURES.slice(0, 1), 0), /three.png\tknown\t3\tp = 0\.\d{3}\n$/);
  assert.match(await judged(PICTURES, 1), /three.png\tknown\t3.*\n.*nine.png\tunknown\t-\t/);
  assert.match(await judged([join(folder, "judge.js")], 2), /./);
});

test("Rust", async () => {
  const said = await output(".", "target/debug/examples/judge", PICTURES);
  assert.match(said, /three.png: it is a 3 .*\n.*nine.png: never seen such a thing /);
});

test("Python", async () => {
  const judged = (pictures) => {
    const args = ["examples/python/judge.py", "models/digits.onnx", ...pictures];
    return output(".", ".tools/python-test/bin/python", args);
  };
  assert.match(await judged(PICTURES), /three.png: 3 .*\n.*nine.png: unknown /);
  assert.match(await judged(PICTURES.slice(1)), /^.*nine.png: unknown \(score 12.988\)\n$/);
});
