// Writes pkg/THIRD-PARTY-NOTICES.txt: whose work is in the WebAssembly, and on which terms. Fails
// where a crate comes without a text that its terms ask for.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const cargo = (...args) => execFileSync("cargo", args, { encoding: "utf8", maxBuffer: 1 << 28 });

/** The crates that are compiled in: not the macros, which run when it is built, nor ours. */
function crates() {
  const target = ["--target", "wasm32-unknown-unknown", "--features", "wasm"];
  const edges = ["--edges", "normal,no-proc-macro", "--prefix", "none", "--format", "{p}"];
  const names = cargo("tree", "--locked", ...target, ...edges).split("\n");
  const inside = new Set(names.map((name) => name.split(" ").slice(0, 2).join(" ")));
  return JSON.parse(cargo("metadata", "--locked", "--format-version", "1", "--features", "wasm"))
    .packages.filter(({ name, version, source }) => source && inside.has(`${name} v${version}`))
    .sort((a, b) => a.name.localeCompare(b.name, "en"));
}

/** The text of a crate's licence, MIT's where there are several, and its notice. */
function ownText({ manifest_path }) {
  const folder = dirname(manifest_path);
  const files = readdirSync(folder);
  const first = (pattern) => files.find((file) => pattern.test(file));
  const licence = first(/^licen[sc]e.*mit|^mit/i) ?? first(/^(licen[sc]e|copying)(\.(md|txt))?$/i);
  return [licence, first(/^licen[sc]e.*unicode/i), first(/^notice/i)]
    .filter(Boolean)
    .map((file) => readFileSync(join(folder, file), "utf8").replaceAll("\r\n", "\n").trim())
    .join("\n\n");
}

/**
 * The text to pass on: the crate's, or that of another one from the same repository. Apache's is in
 * LICENSE-APACHE, so that a crate under it needs none.
 */
function text(crate, all) {
  const { name, license, repository } = crate;
  const same = repository ? all.filter((other) => other.repository === repository) : [];
  const found = [crate, ...same].map(ownText).find(Boolean) ?? "";
  if (!found && !license.includes("Apache-2.0"))
    throw new Error(`${name} (${license}) comes without the text of its licence`);
  return found;
}

const isApache = (words) => /Apache License\s+Version 2/.test(words) && !/MIT/.test(words);

/** Crates by the text that they share. */
function grouped(all) {
  const groups = new Map();
  for (const crate of all) {
    const own = text(crate, all);
    const words = own && !isApache(own) ? own : "";
    groups.set(words, [...(groups.get(words) ?? []), crate]);
  }
  return [...groups];
}

const line = ({ name, version, license }) => `- ${name} ${version}, ${license}`;
const APACHE = "Under the Apache License 2.0, whose text is in LICENSE-APACHE.";
const section = ([words, members]) =>
  `${"-".repeat(80)}\n${members.map(line).join("\n")}\n\n${words || APACHE}\n`;

const HEAD = `Third-party notices of she-ood, which is itself under MIT or Apache-2.0 (your choice).

Data. The detector inside the WebAssembly was trained on MNIST (Yann LeCun, Corinna Cortes), which
is available under Creative Commons Attribution-Share Alike 3.0. It holds means and covariances of
features over thousands of images, and no image. Its weights are under the terms of she-ood.

Code. Compiled into the WebAssembly are Rust's standard library (The Rust Project contributors, MIT
or Apache-2.0) and the crates below. Where there is a choice of terms, it is MIT if the crate has
its text, else Apache-2.0.

`;

const all = crates();
writeFileSync("pkg/THIRD-PARTY-NOTICES.txt", HEAD + grouped(all).map(section).join("\n"));
