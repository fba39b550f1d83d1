// The bill of materials of the WebAssembly, in CycloneDX's format.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { json, run } from "./checks.js";

const OUT = "target/release-check";

export function bill() {
  mkdirSync(OUT, { recursive: true });
  run(".tools/bin/cargo-cyclonedx", [
    "cyclonedx",
    "--format",
    "json",
    "--target",
    "wasm32-unknown-unknown",
    "--override-filename",
    "she-ood.cdx",
  ]);
  const [from, to] = ["she-ood.cdx.json", `${OUT}/she-ood.cdx.json`];
  copyFileSync(from, to);
  for (const crate of ["", "kernel/"]) rmSync(crate + from);
  return `${to}: ${json(to).components.length} crates in the WebAssembly`;
}
