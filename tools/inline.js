// Writes the WebAssembly of pkg/ as a module, compressed and in base64, before tsc writes the entry
// that imports it.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const gzipped = gzipSync(readFileSync("pkg/she_ood_bg.wasm"), { level: 9 }).toString("base64");
writeFileSync("pkg/inlined.js", `export const gzipped = "${gzipped}";\n`);
writeFileSync("pkg/inlined.d.ts", "export declare const gzipped: string;\n");
