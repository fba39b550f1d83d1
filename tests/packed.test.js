// What `npm publish` would send: each file is accounted for, and none is missing.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const MAX_PACKED = 8_500_000;
const run = (command, ...args) =>
  execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
const [pack] = JSON.parse(run("npm", "pack", "--dry-run", "--json", "./pkg"));
const packed = pack.files.map(({ path }) => path).sort();
const manifest = JSON.parse(readFileSync("pkg/package.json", "utf8"));
const NOTICES = readFileSync("pkg/THIRD-PARTY-NOTICES.txt", "utf8");

const GLUE = ["she_ood", "she_ood_scorer", "she_ood_monitor"];
/** All that belongs into the package, from the sources. */
const expected = [
  ...readdirSync("js", { recursive: true })
    .filter((source) => source.endsWith(".ts") && !source.endsWith(".d.ts"))
    .map((source) => source.slice(0, -".ts".length))
    .concat(GLUE, "inlined")
    .flatMap((module) => [`${module}.js`, `${module}.d.ts`]),
  ...GLUE.flatMap((name) => [`${name}_bg.wasm`, `${name}_bg.wasm.d.ts`]),
  "she_ood_fused_bg.wasm",
  "package.json",
  "README.md",
  "LICENSE-MIT",
  "LICENSE-APACHE",
  "THIRD-PARTY-NOTICES.txt",
].sort();

test("every source has its module and its types there, and nothing else is", () => {
  assert.deepEqual(packed, expected);
});

test("every entry has a file, and every module its types", () => {
  for (const [entry, target] of Object.entries(manifest.exports)) {
    const files = typeof target === "string" ? [target] : [target.types, target.default];
    for (const file of files) assert.ok(packed.includes(file.slice(2)), `${entry}: ${file}`);
    assert.ok(typeof target === "object" || /\.(wasm|json)$/.test(target), `${entry} has no types`);
  }
});

test("it is no larger than a visitor's patience", () => {
  assert.ok(pack.size < MAX_PACKED, `${pack.size} bytes packed`);
});

test("the notices name every crate that is compiled in, with its version", () => {
  const tree = run(
    "cargo",
    ...["tree", "--locked", "--target", "wasm32-unknown-unknown", "--features", "wasm"],
    ...["--edges", "normal", "--prefix", "none", "--format", "{p}"],
  );
  const crates = new Set(
    tree
      .split("\n")
      .filter((line) => line && !/\((proc-macro|\/|\*)/.test(line.replace(/ \(\*\)$/, "")))
      .map((line) => line.split(" ").slice(0, 2).join(" ").replace(" v", " ")),
  );
  assert.ok(crates.size > 50, `${crates.size} crates`);
  const missing = [...crates].filter((crate) => !NOTICES.includes(`- ${crate}, `));
  // What only macros need runs when the package is built.
  const ofMacros =
    /^(proc-macro2|quote|syn|unicode-ident|litrs|bumpalo|wasm-bindgen-macro-support) /;
  assert.deepEqual(
    missing.filter((crate) => !ofMacros.test(crate)),
    [],
  );
});

test("the notices have a text for every licence, and the origin of the data", () => {
  for (const words of [
    "Permission is hereby granted, free of charge",
    "UNICODE LICENSE V3",
    "Altered source versions must be plainly marked",
    "Copyright (c) 2014 Alex Crichton",
    "MNIST (Yann LeCun, Corinna Cortes)",
  ])
    assert.ok(NOTICES.toLowerCase().includes(words.toLowerCase()), words);
});
