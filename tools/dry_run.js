// Everything of a release that needs no account, in one table. docs/release.md says what remains.
//
//     make release-dry-run
import { readFileSync } from "node:fs";
import { field } from "./manifest.js";
import { bill } from "./release/bill.js";
import { checked, json, run } from "./release/checks.js";

/** The most that crates.io takes. */
const MAX_CRATE = 10 * 1024 * 1024;
const CRATES = ["she-ood-kernel", "she-ood"];
const MANIFESTS = ["Cargo.toml", "kernel/Cargo.toml"];

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

/** One version and one address everywhere, and notes for that version. */
function manifests() {
  const { version, repository } = json("pkg/package.json");
  for (const manifest of MANIFESTS) {
    if (field(manifest, "version") !== version) throw new Error(`${manifest} is not ${version}`);
    if (repository.url !== `git+${field(manifest, "repository")}.git`)
      throw new Error(`${manifest} names another repository than ${repository.url}`);
  }
  if (!readFileSync("CHANGELOG.md", "utf8").includes(`\n## ${version} `))
    throw new Error(`CHANGELOG.md has no entry for ${version}`);
  return `${version}, ${repository.url}`;
}

function npm() {
  run("node", ["--test", "tests/packed.test.js"]);
  const published = JSON.parse(run("npm", ["publish", "--dry-run", "--json", "./pkg"]));
  // By name since npm 11.
  const { size, unpackedSize, entryCount } = published["she-ood"] ?? published;
  return `${entryCount} files, ${megabytes(size)} packed, ${megabytes(unpackedSize)} unpacked`;
}

/** Packs both crates, compiles what was packed, and stops before the upload. */
function crates() {
  run("cargo", ["publish", "--workspace", "--dry-run", "--allow-dirty"]);
  run("cargo", ["package", "--workspace", "--no-verify", "--allow-dirty"]);
  const version = field("Cargo.toml", "version");
  return CRATES.map((name) => {
    const { length } = readFileSync(`target/package/${name}-${version}.crate`);
    if (length > MAX_CRATE) throw new Error(`${name} has ${megabytes(length)}`);
    return `${name} ${megabytes(length)}`;
  }).join(", ");
}

function withoutPatches() {
  const output = run("node", ["tools/crate.js"]);
  return output.match(/test result: .*passed/g).join(", ");
}

/** The pages, with the licences of the backbone and of all that is compiled in. */
function pages() {
  const page = readFileSync("www/dist/licence.html", "utf8").replaceAll(/\s+/g, " ");
  const texts = ["models/efficientnet-lite0-license.txt", "pkg/THIRD-PARTY-NOTICES.txt"];
  for (const file of texts) {
    const beginning = readFileSync(file, "utf8").trim().slice(0, 60).replaceAll(/\s+/g, " ");
    if (!page.includes(beginning)) throw new Error(`licence.html lacks ${file}`);
  }
  return "www/dist, with the licences of the backbone and of all crates";
}

checked({
  manifests,
  "npm package": npm,
  "sizes of the npm package": () => run("node", ["tools/size.js"]).trim(),
  "bill of materials": bill,
  pages,
  "crates, packed and compiled": crates,
  "the suite on the packed crates": withoutPatches,
});
