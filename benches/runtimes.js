// What is compared: each runtime as one script, as a user's bundler makes it, with its WebAssembly
// beside it.
import { copyFileSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

export const RUNTIMES = ["she-ood", "onnxruntime-web", "rten", "tfjs"];
/** Whom all others are compared with. */
export const PEER = "onnxruntime-web";
/** On two cores, in a page alone: the package in workers, and the peer on threads. */
export const TWO_CORES = ["she-ood-worker", "onnxruntime-web-threads"];

const WASM = {
  "she-ood": "pkg/she_ood_bg.wasm",
  "onnxruntime-web": "benches/peers/node_modules/onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
  rten: "target/rten/glue/rten_peer_bg.wasm",
  tfjs: "benches/peers/node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
};

// The package's file for runtimes that know relaxed SIMD, and ONNX Runtime's own script, which it
// has inside for browsers, but fetches from beside itself in Node.
const BESIDE = [
  ...Object.values(WASM),
  "pkg/she_ood_fused_bg.wasm",
  WASM["onnxruntime-web"].replace(/wasm$/, "mjs"),
];

// What scripts made for `require` expect, where a module has none of it.
const REQUIRE = `import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
const require = createRequire(import.meta.url);
const __filename = fileURLToPath(import.meta.url);
const __dirname = fileURLToPath(new URL(".", import.meta.url));`;

/** Bundles for a platform of esbuild's, `browser` or `node`. */
export function bundle(platform) {
  const outdir = `target/bench/${platform}`;
  const threads = platform === "browser" ? [TWO_CORES[1]] : [];
  const entryPoints = [...RUNTIMES, ...threads].map((name) => `benches/runtimes/${name}.js`);
  const banner = platform === "node" ? { js: REQUIRE } : {};
  buildSync({
    entryPoints,
    outdir,
    platform,
    banner,
    bundle: true,
    minify: true,
    format: "esm",
    external: ["node:*"],
    logLevel: "error",
  });
  for (const path of BESIDE) copyFileSync(path, `${outdir}/${basename(path)}`);
}

function sizes(path) {
  const bytes = readFileSync(path);
  return {
    raw: bytes.length,
    gzip: gzipSync(bytes, { level: 9 }).length,
    brotli: brotliCompressSync(bytes).length,
  };
}

/** The WebAssembly of each, in bytes. */
export const downloads = () =>
  Object.fromEntries(Object.entries(WASM).map(([name, path]) => [name, sizes(path)]));
