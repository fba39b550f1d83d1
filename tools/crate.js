// Tests what crates.io gives: both crates as packed, without the workspace and its patches, whose
// place the real `rustfft` and `inventory` take.
//
//     node tools/crate.js [TEST ...]    those of the suite whose names contain one of these words
//
// The suite is not in the package, and is linked in.
import { execFileSync } from "node:child_process";
import { appendFileSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join, resolve } from "node:path";
import { field } from "./manifest.js";

const FOLDER = "target/crates";
const version = field("Cargo.toml", "version");
const CRATE = join(FOLDER, `she-ood-${version}`);

/** Not of the workspace around it. */
const ALONE = "\n[workspace]\n";
const ADDED = `${ALONE}
[[test]]
name = "suite"
path = "tests/suite/main.rs"
required-features = ["engine"]

[patch.crates-io]
she-ood-kernel = { path = "../she-ood-kernel-${version}" }
`;

/** The patched crates come from the registry, and are those that are locked. */
function checkSources() {
  const lock = readFileSync(join(CRATE, "Cargo.lock"), "utf8");
  for (const name of ["rustfft", "inventory"])
    if (!new RegExp(`name = "${name}"\nversion = ".*"\nsource = "registry`).test(lock))
      throw new Error(`${name} of the packed crate is not the registry's`);
}

function unpack() {
  execFileSync("cargo", ["package", "--workspace", "--no-verify", "--allow-dirty"]);
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  for (const name of ["she-ood", "she-ood-kernel"])
    execFileSync("tar", ["-xzf", `target/package/${name}-${version}.crate`, "-C", FOLDER]);
  symlinkSync(resolve("tests"), join(CRATE, "tests"));
  appendFileSync(join(CRATE, "Cargo.toml"), ADDED);
  appendFileSync(join(FOLDER, `she-ood-kernel-${version}`, "Cargo.toml"), ALONE);
}

unpack();
checkSources();
const words = process.argv.slice(2);
execFileSync("cargo", ["test", "--test", "suite", "--", ...words], {
  cwd: CRATE,
  env: { ...process.env, CARGO_TARGET_DIR: resolve("target") },
  stdio: "inherit",
});
