// All that is to be right before a release, in one table. Fails where something is wrong, or could
// not be checked.
//
//     make release-check
//
// Writes the bill of materials to target/release-check/.
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { bill } from "./release/bill.js";
import { checked, json, run } from "./release/checks.js";

const WASM = ["", "_fused", "_scorer", "_monitor"].map((name) => `pkg/she_ood${name}_bg.wasm`);
/** Every manifest that has a lock file of its own. */
const CRATES = [".", "fuzz", "benches/peers/rten", "tools/bindgen"];
const PACKAGES = [".", "benches/peers"];

const sha256 = (file) => createHash("sha256").update(readFileSync(file)).digest("hex");

function deny(check) {
  run(".tools/bin/cargo-deny", ["--all-features", "check", ...check]);
  return check.join(", ");
}

function lockFiles() {
  for (const crate of CRATES)
    run("cargo", ["metadata", "--locked", "--format-version", "1"], { cwd: crate });
  for (const folder of PACKAGES) {
    const { packages } = json(`${folder}/package-lock.json`);
    const unlocked = Object.entries(packages).filter(
      ([path, { version, link, integrity }]) =>
        path.includes("node_modules/") && version && !link && !integrity,
    );
    if (unlocked.length > 0)
      throw new Error(`without a hash: ${unlocked.map(([path]) => path).join(", ")}`);
  }
  return `${CRATES.length + PACKAGES.length} lock files, all packages with hashes`;
}

function dependencies() {
  const {
    dependencies = {},
    peerDependencies = {},
    optionalDependencies = {},
    scripts = {},
  } = json("pkg/package.json");
  const all = Object.keys({ ...dependencies, ...peerDependencies, ...optionalDependencies });
  if (all.length > 0) throw new Error(`the package has dependencies: ${all.join(", ")}`);
  if (Object.keys(scripts).length > 0) throw new Error("the package has scripts");
  return "none, and no scripts";
}

function audit() {
  const { vulnerabilities } = JSON.parse(run("npm", ["audit", "--json", "--omit=dev"])).metadata;
  if (vulnerabilities.total > 0) throw new Error(JSON.stringify(vulnerabilities));
  return "no advisories";
}

function folders() {
  const found = [homedir(), resolve("."), "/registry/src/"].filter((folder) =>
    WASM.some((file) => readFileSync(file).includes(folder)),
  );
  if (found.length > 0) throw new Error(`${WASM} names ${found.join(", ")}`);
  return "none of the machine that built it";
}

/** The hashes of the WebAssembly files of a folder. */
const hashesIn = (folder) => WASM.map((file) => sha256(join(folder, file))).join(" ");

/** The hashes of the WebAssembly that a clean clone makes in a folder of its own. */
function built(folder) {
  run("git", ["clone", "--quiet", ".", folder]);
  run("make", ["pkg"], { cwd: folder });
  return hashesIn(folder);
}

function reproducible() {
  const folder = mkdtempSync(join(tmpdir(), "she-ood-"));
  try {
    const hashes = [
      built(join(folder, "one")),
      built(join(folder, "a-second-folder")),
      hashesIn("."),
    ];
    if (new Set(hashes).size > 1)
      throw new Error(`three builds, two clean and ${WASM}: ${hashes.join(", ")}`);
    return hashes[0];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const CHECKS = {
  "licences and sources": () => deny(["licenses", "bans", "sources"]),
  "advisories, crates": () => deny(["advisories"]),
  "advisories, npm: what builds the package and the pages": audit,
  "lock files": lockFiles,
  "dependencies of the npm package": dependencies,
  "folders in the WebAssembly": folders,
  "bill of materials": bill,
  "the same WebAssembly twice": reproducible,
};

checked(CHECKS);
