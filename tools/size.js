// What users download of the package, and the most that it may be. Fails where a limit is passed.
import { readFileSync } from "node:fs";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { buildSync } from "esbuild";

/** Entries with all that they import, minified, and the WebAssembly; limits in kB of brotli. */
const LIMITS = {
  "she_ood_bg.wasm": 1590,
  "she_ood_fused_bg.wasm": 1590,
  "she_ood_scorer_bg.wasm": 150,
  "she_ood_monitor_bg.wasm": 90,
  "index.js": 16.6,
  "scorer.js": 9.1,
  "monitor.js": 8,
  "worker.js": 12.4,
  "worker/thread.js": 9.4,
  "inline.js": 2275,
};

const contents = (file) =>
  file.endsWith(".wasm")
    ? readFileSync(`pkg/${file}`)
    : buildSync({
        entryPoints: [`pkg/${file}`],
        bundle: true,
        minify: true,
        format: "esm",
        write: false,
      }).outputFiles[0].contents;
const kB = (bytes) => Math.round(bytes.length / 100) / 10;

const rows = Object.entries(LIMITS).map(([file, limit]) => {
  const bytes = contents(file);
  return {
    file,
    raw: kB(bytes),
    gzip: kB(gzipSync(bytes, { level: 9 })),
    brotli: kB(brotliCompressSync(bytes)),
    limit,
  };
});
console.table(rows);
const large = rows.filter(({ brotli, limit }) => brotli > limit);
if (large.length > 0) {
  console.error(`too large: ${large.map(({ file }) => file).join(", ")}`);
  process.exitCode = 1;
}
