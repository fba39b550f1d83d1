// The packed package as its users meet it: installed in a folder of its own, through bundlers, in a
// page and in Node. Pages are served under a CSP without outside connections.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  createReadStream,
  existsSync,
  mkdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";
import { rollup } from "rollup";
import { build as viteBuild, createServer as viteServer } from "vite";
import webpack from "webpack";
import { browsers } from "../tools/browsers.js";

const HOME = fileURLToPath(new URL("../target/packaging/", import.meta.url));
const PACKAGE = join(HOME, "node_modules/she-ood");
const CSP =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'";
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".wasm": "application/wasm",
};

/** What every program under test does; `said` is what it must come to. */
const program = (entry, prepare = "") => `
  import { Detector, Fitter, SheError, init, metrics } from "${entry}";
  ${prepare}
  const detector = await Detector.embedded();
  const { isOod, score } = await detector.score(new Float32Array(784));
  const fitter = await Fitter.create(await detector.toBytes(), { layers: ["dense_relu"] });
  const code = await fitter.finish().catch((error) => error instanceof SheError && error.code);
  const { auroc } = await metrics.evaluate([1, 2], [3, 4]);
  const said = [isOod, Number.isFinite(score), detector instanceof Detector, code, auroc].join(" ");
  if (globalThis.document) document.title = said;
  else if (globalThis.WorkerGlobalScope) postMessage(said);
  else console.log(said);`;
const SAID = "true true true fit 1";

let browser;

before(async () => {
  rmSync(HOME, { recursive: true, force: true });
  mkdirSync(HOME, { recursive: true });
  const run = (command, ...args) => execFileSync(command, args, { cwd: HOME, encoding: "utf8" });
  const tarball = run(
    "npm",
    "pack",
    "--silent",
    fileURLToPath(new URL("../pkg", import.meta.url)),
  ).trim();
  writeFileSync(join(HOME, "package.json"), JSON.stringify({ private: true, type: "module" }));
  run("npm", "install", "--silent", "--offline", "--no-audit", "--no-fund", `./${tarball}`);
  browser = await chromium.launch({
    executablePath: browsers.chromium,
    args: ["--no-sandbox", "--disable-background-networking"],
  });
});

after(() => browser?.close());

/** A folder with a page that runs `script`. */
function folder(name, script) {
  const path = join(HOME, name);
  mkdirSync(join(path, "dist"), { recursive: true });
  writeFileSync(join(path, "main.js"), script);
  const page = (source) =>
    `<!doctype html><html lang="en"><title>waiting</title>` +
    `<script type="module" src="${source}"></script>`;
  writeFileSync(join(path, "index.html"), page("./main.js"));
  writeFileSync(join(path, "dist/index.html"), page("./bundle.js"));
  return path;
}

/** Serves a folder, and nothing outside it. */
async function serve(root) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = join(root, pathname.endsWith("/") ? `${pathname}index.html` : pathname);
    if (!existsSync(path)) return response.writeHead(404).end();
    response.writeHead(200, {
      "content-type": TYPES[extname(path)] ?? "application/octet-stream",
      "content-security-policy": CSP,
    });
    createReadStream(path).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

/** What a page comes to; whatever it complains of is an error. */
async function visit(url) {
  const page = await browser.newPage();
  const complaints = [];
  page.on(
    "console",
    (message) =>
      ["error", "warning"].includes(message.type()) &&
      complaints.push(`${message.text()} ${message.location().url}`),
  );
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  await page
    .waitForFunction(() => document.title !== "waiting", undefined, { timeout: 10_000 })
    .catch((error) => complaints.push(String(error)));
  const title = await page.title();
  await page.close();
  // A page without an icon is asked for one.
  assert.deepEqual(
    complaints.filter((complaint) => !complaint.includes("favicon")),
    [],
  );
  return title;
}

async function served(root) {
  const server = await serve(root);
  try {
    return await visit(server.url);
  } finally {
    server.close();
  }
}

/**
 * What runs where: the script of a page, and of a worker of its own where it has one. `entry` gives
 * the address of an entry.
 */
const PLACES = {
  "on the page": (entry) => ({ main: program(entry("index")) }),
  "in the package's workers": (entry) => ({ main: program(entry("worker")) }),
  "in a worker of the page's own": (entry) => ({
    main: `
      const worker = new Worker(new URL("./own.js", import.meta.url), { type: "module" });
      worker.onmessage = ({ data }) => (document.title = data);
      worker.onerror = ({ message }) => console.error(message ?? "the worker cannot start");`,
    own: program(entry("index")),
  }),
};
const byName = (name) => (name === "index" ? "she-ood" : `she-ood/${name}`);

for (const [place, scripts] of Object.entries(PLACES)) {
  const page = (way, entry = byName) => {
    const { main, own = "" } = scripts(entry);
    const root = folder(`${way} ${place}`.replaceAll(/\W/g, "-"), main);
    writeFileSync(join(root, "own.js"), own);
    return root;
  };

  test(`a plain page imports the file, as from a CDN, ${place}`, async () => {
    const root = page("plain", (name) => `./node_modules/she-ood/${name}.js`);
    mkdirSync(join(root, "node_modules"), { recursive: true });
    execFileSync("cp", ["-r", PACKAGE, join(root, "node_modules/she-ood")]);
    assert.equal(await served(root), SAID);
  });

  test(`Vite builds it, ${place}`, async () => {
    const root = page("vite");
    // A worker of one's own that awaits at its top needs to be a module; the package's own build
    // either way.
    const worker = place.includes("own") ? { format: "es" } : {};
    await viteBuild({ root, logLevel: "error", base: "./", build: { target: "es2022" }, worker });
    assert.equal(await served(join(root, "dist")), SAID);
  });

  test(`Vite serves it while one develops, ${place}`, async () => {
    const root = page("vite-dev");
    const server = await viteServer({
      root,
      logLevel: "error",
      server: {
        port: 0,
        fs: { allow: [HOME, fileURLToPath(new URL("../node_modules", import.meta.url))] },
      },
    });
    await server.listen();
    try {
      assert.equal(await visit(server.resolvedUrls.local[0]), SAID);
    } finally {
      await server.close();
    }
  });

  test(`webpack builds it, ${place}`, async () => {
    const root = page("webpack");
    const compiler = webpack({
      mode: "production",
      context: root,
      entry: "./main.js",
      output: { path: join(root, "dist"), filename: "bundle.js", module: true, publicPath: "auto" },
      experiments: { outputModule: true },
      performance: false,
    });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
    );
    assert.deepEqual(stats.toJson().errors.concat(stats.toJson().warnings), []);
    assert.equal(await served(join(root, "dist")), SAID);
  });
}

test("esbuild takes the workers' script as an entry of its own", async () => {
  const root = folder("esbuild-worker", program("she-ood/worker"));
  const entryPoints = [
    { in: join(root, "main.js"), out: "bundle" },
    { in: "she-ood/thread", out: "thread" },
  ];
  await esbuild.build({
    absWorkingDir: HOME,
    bundle: true,
    format: "esm",
    logLevel: "error",
    entryPoints,
    outdir: join(root, "dist"),
  });
  for (const file of ["she_ood_bg.wasm", "she_ood_fused_bg.wasm"])
    copyFileSync(join(PACKAGE, file), join(root, "dist", file));
  assert.equal(await served(join(root, "dist")), SAID);
});

test("esbuild and rollup, which copy no files, take the inline entry", async () => {
  const one = folder("esbuild", program("she-ood/inline"));
  const bundled = { bundle: true, format: "esm", logLevel: "error" };
  await esbuild.build({
    ...bundled,
    entryPoints: [join(one, "main.js")],
    outfile: join(one, "dist/bundle.js"),
  });
  assert.equal(await served(join(one, "dist")), SAID);
  const other = folder("rollup", program("./she-ood/inline.js"));
  execFileSync("cp", ["-r", PACKAGE, join(other, "she-ood")]);
  const bundle = await rollup({
    input: join(other, "main.js"),
    onLog: (level, log) => assert.fail(`${level}: ${log.message}`),
  });
  await bundle.write({ file: join(other, "dist/bundle.js"), format: "es" });
  assert.equal(await served(join(other, "dist")), SAID);
});

test("the slim entry takes the WebAssembly from where it is told", async () => {
  const root = folder(
    "slim",
    program(
      "she-ood/slim",
      `
    const refused = await Detector.embedded().catch((error) => error.code);
    if (refused !== "load-failed") throw new Error(refused);
    await init("./elsewhere.wasm");`,
    ),
  );
  const outfile = join(root, "dist/bundle.js");
  const { metafile } = await esbuild.build({
    bundle: true,
    format: "esm",
    logLevel: "error",
    metafile: true,
    entryPoints: [join(root, "main.js")],
    outfile,
  });
  const inputs = Object.keys(metafile.inputs);
  assert.ok(!inputs.some((input) => /inlined|she-ood\/index/.test(input)), inputs.join());
  copyFileSync(join(PACKAGE, "she_ood_bg.wasm"), join(root, "dist/elsewhere.wasm"));
  assert.equal(await served(join(root, "dist")), SAID);
});

test("Node imports each entry, and requires it where it can", () => {
  const run = (name, script) => {
    writeFileSync(join(HOME, name), script);
    return execFileSync("node", ["--no-warnings", name], { cwd: HOME, encoding: "utf8" }).trim();
  };
  assert.equal(run("index.mjs", program("she-ood")), SAID);
  assert.equal(run("inline.mjs", program("she-ood/inline")), SAID);
  const given = `await init(readFileSync("node_modules/she-ood/she_ood_bg.wasm"));`;
  const slim = `import { readFileSync } from "node:fs";\n${program("she-ood/slim", given)}`;
  assert.equal(run("slim.mjs", slim), SAID);
  if (!process.features.require_module)
    return console.log("SKIPPED: require() of modules, which this Node does not have");
  assert.equal(
    run(
      "required.cjs",
      `require("she-ood").Detector.embedded().then(({ info }) => console.log(info.labels.length))`,
    ),
    "5",
  );
});

test("its types hold in strict programs that check libraries too", () => {
  const root = folder("types", "");
  const source = `
    import { Detector, Fitter, Model, Teacher, decode, metrics } from "she-ood";
    import { type Example, type Report, SheError } from "she-ood";
    import * as workers from "she-ood/worker";
    const detector: Detector = await Detector.embedded({
      onProgress: ({ phase, loaded }) => console.log(phase, loaded),
    });
    const report: Report = detector.score(new Float32Array(784));
    const later: Report = detector.score(await decode(new Blob()));
    const fitter: Fitter = await Fitter.create("model.onnx", {
      layers: ["vector"],
      similarity: { hopfield: { beta: 1 } },
    });
    using fitted = await fitter.finish();
    const { roc }: metrics.Evaluation = await metrics.evaluate([1], [2]);
    const thresholds: Float64Array = roc.thresholds;
    const signal = AbortSignal.timeout(1000);
    using detector2: workers.Detector = await workers.Detector.embedded({ workers: 2, signal });
    const [again]: [Report] = await Promise.all([detector2.score(new Blob(), { signal })]);
    const evaluation: workers.Evaluation = await workers.metrics.evaluate([again.score], [2]);
    const { layers } = detector.explain(new Float32Array(784), { class: 3 });
    console.log(evaluation, layers[0]?.map?.values);
    workers.terminate();
    // @ts-expect-error A detector is made by its static functions.
    new Detector();
    await Fitter.create("model.onnx");
    await Fitter.create("model.onnx", { logits: "scores", inputShape: [3, 224, 224] });
    await workers.Fitter.create("model.onnx");
    await workers.Fitter.create("model.onnx", { workers: 2, externalData: new Blob() });
    await fitter.pushBatch(new Float32Array(784), new BigInt64Array(1));
    fitter.push({ data: new Uint8Array(4), width: 1, height: 1 }, 1n);
    // @ts-expect-error A file is decoded first.
    detector.score(new Blob());
    using model: Model = await Model.load("model.onnx", {
      layers: ["vector"],
      preprocess: { scale: 1 },
    });
    console.log(model.logits(new Float32Array(784)), model.layers[0]?.op);
    await Fitter.create("model.onnx", {
      layers: ["vector"],
      preprocess: { mean: Float32Array.of(0.5), std: 0.25 },
    });
    await workers.Model.load("model.onnx", { cache: true, limits: { nodes: 100 }, workers: 1 });
    using teacher: Teacher = await Teacher.create("model.onnx", { layer: "vector", cache: true });
    const example: Example = teacher.add("mug", new Float32Array(784));
    teacher.move(example.id, "cup");
    using remote: workers.Teacher = await workers.Teacher.ofFeatures(8, { timeout: 1000, signal });
    const { id }: Example = await remote.addFeatures("mug", new Float32Array(8));
    const kept: Float32Array[] = (await remote.examples()).map(({ features }) => features);
    console.log(id, kept, remote.info.needed, report.baselines?.msp, detector.info.taught);
    // @ts-expect-error A teacher has one worker.
    await workers.Teacher.create("model.onnx", { workers: 2 });
    await Fitter.create("model.onnx", { classify: "patterns" });
    const caught: unknown = report;
    if (caught instanceof SheError) console.log(caught.code);
    // @ts-expect-error There is no such option.
    await Fitter.create("model.onnx", { layer: "vector" });
    console.log(report.score, later, fitted.info, thresholds, new SheError("fit", ""));`;
  writeFileSync(join(root, "main.ts"), source);
  const common = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: "es2022",
    lib: ["es2022", "dom"],
    types: [],
    skipLibCheck: false,
  };
  for (const modules of [
    { module: "nodenext" },
    { module: "esnext", moduleResolution: "bundler" },
  ]) {
    writeFileSync(
      join(root, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...common, ...modules }, files: ["main.ts"] }),
    );
    for (const version of ["typescript", "typescript-7"]) {
      const compiler = fileURLToPath(
        new URL(`../node_modules/${version}/bin/tsc`, import.meta.url),
      );
      execFileSync("node", [compiler, "-p", root], { stdio: ["ignore", "inherit", "inherit"] });
    }
  }
});

test("what is imported and not used is left out", async () => {
  const root = folder(
    "unused",
    `import { Detector } from "she-ood/inline"; document.title = "nothing";`,
  );
  const { outputFiles } = await esbuild.build({
    bundle: true,
    format: "esm",
    write: false,
    logLevel: "error",
    entryPoints: [join(root, "main.js")],
  });
  assert.ok(outputFiles[0].text.length < 1000, `${outputFiles[0].text.length} characters`);
});

test("figures alone, bundled, find their WebAssembly", async () => {
  const root = folder(
    "figures",
    `import { metrics } from "she-ood/inline";
    console.log((await metrics.evaluate([1, 3], [2, 4])).auroc);`,
  );
  const outfile = join(root, "figures.mjs");
  await esbuild.build({
    bundle: true,
    format: "esm",
    logLevel: "error",
    entryPoints: [join(root, "main.js")],
    outfile,
  });
  assert.equal(execFileSync("node", [outfile], { encoding: "utf8" }).trim(), "0.75");
});
