// Each code of an error has its section in docs/errors.md, which `help` is the address of.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Detector, SheError } from "she-ood";
import { Scorer } from "she-ood/scorer";

const read = (name) => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");
const found = (text, pattern) => [...text.matchAll(pattern)].map(([, name]) => name);

const page = read("docs/errors.md");
const sections = found(page, /^## (.*)$/gm);
/** Another test holds this list against the crate. */
const rust = JSON.parse(read("tests/data/crossing.json")).errors;
const javaScript = found(read("js/error.ts"), /^ {2}\| "(.+)"/gm);
const [homepage] = found(read("Cargo.toml"), /^homepage = "(.*)"$/gm);

test("each code has a section, each section is of a code, and the page lists all", () => {
  const codes = [...new Set([...rust, ...javaScript])].toSorted();
  assert.ok(codes.includes("data") && codes.includes("timeout"));
  assert.deepEqual(sections.toSorted(), codes);
  const [introduction, ...bodies] = page.split(/^## .*$/m);
  assert.deepEqual(found(introduction, /\]\(#(.*?)\)/g).toSorted(), codes);
  for (const [i, body] of bodies.entries()) assert.ok(body.trim().length > 60, sections[i]);
});

test("help is the section's address below the home page, which is the same everywhere", () => {
  assert.equal(JSON.parse(read("js/package.json")).homepage, homepage);
  for (const code of javaScript)
    assert.equal(new SheError(code, "").help, `${homepage}docs/errors.html#${code}`);
});

test("a citation names the version, the licences and the addresses of the manifest", () => {
  const manifest = (name) => found(read("Cargo.toml"), RegExp(`^${name} = "(.*)"$`, "gm"))[0];
  const citation = read("CITATION.cff");
  const lines = [
    `version: ${manifest("version")}`,
    `url: ${homepage}`,
    `repository-code: ${manifest("repository")}`,
    ...manifest("license")
      .split(" OR ")
      .map((name) => `  - ${name}`),
  ];
  for (const line of lines) assert.ok(citation.split("\n").includes(line), line);
});

test("errors of WebAssembly have it, too", async () => {
  const help = (code) => ({ code, help: `${homepage}docs/errors.html#${code}` });
  const detector = await Detector.embedded();
  assert.throws(() => detector.score(new Float32Array(784).fill(NaN)), help("not-finite"));
  assert.throws(() => detector.score(new Float32Array(1)), help("input-length"));
  await assert.rejects(Scorer.load(new Uint8Array(9)), help("invalid-model"));
  detector.dispose();
  assert.throws(() => detector.score(new Float32Array(784)), help("disposed"));
});
