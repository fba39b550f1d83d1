// Completes pkg/ after wasm-bindgen and tsc have written their parts: manifest, licences, README.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { field } from "./manifest.js";

const manifest = JSON.parse(readFileSync("js/package.json", "utf8"));
const [version, repository] = ["version", "repository"].map((name) => field("Cargo.toml", name));
const place = { type: "git", url: `git+${repository}.git`, directory: "js" };
const own = { version, repository: place };
for (const file of ["js/README.md", "LICENSE-MIT", "LICENSE-APACHE"])
  copyFileSync(file, `pkg/${basename(file)}`);
rmSync("pkg/.gitignore", { force: true });
// Written last: make takes it as the sign that the package is whole.
writeFileSync(
  "pkg/package.json",
  `${JSON.stringify({ name: manifest.name, ...own, ...manifest }, null, 2)}\n`,
);
