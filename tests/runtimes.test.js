// The built package where people run and test it besides browsers and plain Node: Bun, Deno, and
// Node with jsdom or happy-dom, each in a process of its own.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Detector } from "she-ood";
import { serve } from "./server.js";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

let server, folder, expected, white;

before(async () => {
  server = await serve();
  // Inside the project, where the package is found by its name.
  folder = mkdtempSync(join(ROOT, "target/runtimes-"));
  const detector = await Detector.embedded();
  expected = detector.score(new Float32Array(784).fill(0.5)).score;
  white = detector.score({ data: new Uint8Array(4 * 784).fill(255), width: 28, height: 28 }).score;
});

after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/**
 * The program of a package that npm installs for this machine, found without the install script of
 * its parent.
 */
function program(scope, path) {
  const home = join(ROOT, "node_modules", scope);
  const found = existsSync(home)
    ? readdirSync(home)
        .map((name) => join(home, name, path))
        .find(existsSync)
    : undefined;
  if (!found) console.log(`SKIPPED: ${scope} is not installed for this machine`);
  return found;
}

/** What a script says, as JSON in its last line. */
async function said(command, args, script) {
  const file = join(folder, `${Math.random()}.mjs`);
  writeFileSync(file, script);
  const { stdout } = await promisify(execFile)(command, [...args, file], {
    cwd: ROOT,
    timeout: 60_000,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}

/**
 * Beginning of each script: what a call comes to, its value or the code of its error; `raw` for an
 * error of another kind.
 */
const OUTCOME = `
  const outcome = async (call) => {
    try {
      return await call();
    } catch (error) {
      return error.name === "SheError" ? error.code : "raw " + error;
    }
  };
  const half = new Float32Array(784).fill(0.5);
  const pixels = { data: new Uint8ClampedArray(4 * 784).fill(255), width: 28, height: 28 };`;

/** A round through an entry, where there is no DOM. */
const ROUND = (entry) => `
  import { readFileSync } from "node:fs";
  import * as she from "${entry}";
  const { Detector, Fitter, Model, decode, metrics } = she;
  ${OUTCOME}
  const found = {};
  const detector = await Detector.embedded();
  found.score = (await detector.score(half)).score;
  found.white = (await detector.score(pixels)).score;
  found.batch = (await detector.scoreBatch(new Float32Array(70 * 784))).scores.length;
  found.explained = (await detector.explain(half, null)).layers.length;
  const fitter = await Fitter.create(await detector.toBytes(), { layers: ["dense_relu"] });
  await fitter.pushBatch(half, new BigInt64Array([0n]));
  found.fit = await outcome(async () => {
    const { info } = await fitter.finish(null);
    return { warnings: info.warnings.map(({ code }) => code) };
  });
  const { layers } = await Model.load(new Blob([readFileSync("models/digits-model.onnx")]));
  found.layers = layers.some(({ name }) => name === "dense_relu");
  const labels = async (source) =>
    (await Detector.load(source, { cache: true })).info.labels.length;
  found.file = await labels(new URL("file://" + process.cwd() + "/models/digits.onnx"));
  found.fetched = await labels("${server.url}models/digits.onnx");
  found.auroc = (await metrics.evaluate([1, 2], [3, 4])).auroc;
  found.blob = await outcome(async () => detector.score(await decode(new Blob(["no picture"]))));
  found.relative = await outcome(() => Detector.load("digits.onnx"));
  found.wrong = await outcome(() => detector.score({ width: 3 }));
  she.terminate?.();
  console.log(JSON.stringify(found));
  process.exit();`;

/** All but the scores, which fused multiply-add rounds in another way than Node's. */
const ROUNDED = {
  batch: 70,
  explained: 1,
  fit: { warnings: ["no-threshold", "no-samples"] },
  layers: true,
  file: 5,
  fetched: 5,
  auroc: 1,
  blob: "input-kind",
  relative: "load-failed",
  wrong: "input-kind",
};

for (const [name, scope, path, ...args] of [
  ["Bun", "@oven", "bin/bun", "run"],
  ["Deno", "@deno", "deno", "run", "-A", "--quiet"],
]) {
  for (const entry of ["she-ood", "she-ood/inline", "she-ood/worker"]) {
    test(`${name} runs ${entry}`, async () => {
      const command = program(scope, path);
      if (!command) return;
      const { score, white: ofWhite, ...rest } = await said(command, args, ROUND(entry));
      assert.deepEqual(rest, ROUNDED);
      for (const [found, scored] of [
        [score, expected],
        [ofWhite, white],
      ])
        assert.ok(Math.abs(found - scored) <= 1e-5 * Math.abs(scored), `${found}, ${scored}`);
    });
  }
}

/** What jsdom's or happy-dom's window adds to Node, as test runners do it. */
const WITH_DOM = (make) => `
  ${make}
  const families = /^(HTML|Abort|Event|Image)/;
  const files = /^(Blob|File|FileReader|Response|Request|Headers|fetch)$/;
  const page = /^(OffscreenCanvas|document|location|navigator)$/;
  for (const name of Object.getOwnPropertyNames(window)) {
    if ([families, files, page].some((names) => names.test(name))) {
      const value = window[name];
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    }
  }
  ${OUTCOME}
  const { Detector, SheError, decode } = await import("she-ood");
  const found = {};
  const detector = await Detector.embedded({ signal: new AbortController().signal });
  found.score = detector.score(half).score;
  found.canvas = await outcome(() => detector.score(document.createElement("canvas")));
  found.image = await outcome(() => detector.score(document.createElement("img")));
  found.video = await outcome(() => detector.score(document.createElement("video")));
  found.element = await outcome(() => detector.score(document.body));
  found.picture = await outcome(async () => detector.score(await decode(new Blob(["no picture"]))));
  const { signal } = new AbortController();
  const bytes = await detector.toBytes();
  const labels = async (...given) => (await Detector.load(...given)).info.labels.length;
  found.blob = await outcome(() => labels(new Blob([bytes]), { signal }));
  found.file = await outcome(() => labels(new File([bytes], "digits.onnx")));
  const base = document.createElement("base");
  base.href = "/models/";
  document.head.append(base);
  found.based = await outcome(() => labels("digits.onnx", { signal, cache: true }));
  const controller = new AbortController();
  const aborted = labels("digits.onnx", { signal: controller.signal }).catch(
    (error) => error.message,
  );
  controller.abort(new Error("enough"));
  found.aborted = await aborted;
  console.log(JSON.stringify(found));
  process.exit();`;

const DOM_FOUND = () => ({
  score: expected,
  canvas: "input-kind",
  image: "image-size",
  video: "image-size",
  element: "input-kind",
  picture: "input-kind",
  blob: 5,
  file: 5,
  based: 5,
  aborted: "enough",
});

const DOMS = {
  jsdom: () => `import { JSDOM, VirtualConsole } from "jsdom";
    const virtualConsole = new VirtualConsole();
    const { window } = new JSDOM("", { url: "${server.url}", virtualConsole });`,
  "happy-dom": () => `import { Window } from "happy-dom";
    const window = new Window({ url: "${server.url}" });`,
};

for (const [name, make] of Object.entries(DOMS)) {
  test(`Node with ${name} on top runs she-ood`, async () => {
    assert.deepEqual(await said("node", [], WITH_DOM(make())), DOM_FOUND());
  });
}

test("jsdom's realm, with little else, imports the package and says what it lacks", async () => {
  const found = await said(
    "node",
    ["--no-warnings", "--experimental-vm-modules"],
    `
    import { readFileSync } from "node:fs";
    import { TextDecoder, TextEncoder } from "node:util";
    import vm from "node:vm";
    import { JSDOM } from "jsdom";
    const dom = new JSDOM("", { url: "${server.url}", runScripts: "outside-only" });
    const context = dom.getInternalVMContext();
    context.process = process;
    const modules = new Map();
    const load = (url) => {
      if (!modules.has(url.href)) {
        const initializeImportMeta = (meta) => (meta.url = url.href);
        const options = { context, identifier: url.href, initializeImportMeta };
        modules.set(url.href, new vm.SourceTextModule(readFileSync(url, "utf8"), options));
      }
      return modules.get(url.href);
    };
    const entry = load(new URL("./pkg/index.js", "file://" + process.cwd() + "/"));
    await entry.link((name, { identifier }) => load(new URL(name, identifier)));
    await entry.evaluate();
    const { Detector, Fitter, SheError } = entry.namespace;
    ${OUTCOME}
    const found = {};
    const first = await Detector.embedded().catch((error) => error);
    found.lacks = [first.code, /TextDecoder/.test(first.message), first instanceof SheError];
    Object.assign(context, { TextDecoder, TextEncoder });
    const detector = await Detector.embedded();
    // Values of this realm, then of the other.
    found.score = detector.score(half).score;
    found.own = detector.score(vm.runInContext("new Float32Array(784).fill(0.5)", context)).score;
    const white = "({ data: new Uint8Array(3136).fill(255), width: 28, height: 28 })";
    found.pixels = [pixels, vm.runInContext(white, context)].map(
      (given) => detector.score(given).score === detector.score(pixels).score,
    );
    const bytes = readFileSync("models/digits.onnx");
    const labels = async (source) => (await Detector.load(source)).info.labels.length;
    const sources = [
      bytes,
      new Uint8Array(bytes).buffer,
      new URL("./models/digits.onnx", "file://" + process.cwd() + "/"),
      new Blob([bytes]),
      new Response(bytes),
      new File([bytes], "x"),
    ];
    found.sources = await Promise.all(sources.map((source) => outcome(() => labels(source))));
    const { signal } = new AbortController();
    const fitter = await Fitter.create(bytes, {
      layers: ["dense_relu"],
      preprocess: { mean: Float32Array.of(0.5) },
      signal,
    });
    await fitter.pushBatch(half, new BigInt64Array([0n]));
    found.fit = await outcome(async () => {
      const { info } = await fitter.finish();
      return { warnings: info.warnings.map(({ code }) => code) };
    });
    found.batch = (await detector.scoreBatch(new Float32Array(3 * 784), { signal })).scores.length;
    found.relative = await outcome(() => Detector.load("models/digits.onnx"));
    found.canvas = await outcome(() => detector.score(dom.window.document.createElement("canvas")));
    const integrity = "sha256-" + "A".repeat(43) + "=";
    found.integrity = await outcome(() => Detector.load(bytes, { integrity }));
    const foreign = Object.assign(new Error("elsewhere"), { name: "SheError", code: "fit" });
    found.errors = [foreign instanceof SheError, new Error("elsewhere") instanceof SheError];
    console.log(JSON.stringify(found));
    process.exit();`,
  );
  assert.deepEqual(found, {
    lacks: ["load-failed", true, true],
    score: expected,
    own: expected,
    pixels: [true, true],
    sources: [5, 5, 5, 5, 5, 5],
    fit: { warnings: ["no-threshold", "no-samples"] },
    batch: 3,
    relative: "load-failed",
    canvas: "input-kind",
    integrity: "load-failed",
    errors: [true, false],
  });
});
