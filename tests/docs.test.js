// The code in the documentation: JavaScript and TypeScript against the package's types, and no
// block that nothing checks. Rust blocks are doctests (src/lib.rs), commands are parsed in
// src/cli.rs, Python in docs_test.py.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import markdownIt from "markdown-it";
import ts from "typescript";

const OUT = "target/docs-code";
const FILES = [
  "README.md",
  "js/README.md",
  ...readdirSync("docs")
    .filter((file) => file.endsWith(".md"))
    .map((file) => `docs/${file}`),
];
/** Languages that are checked, here or elsewhere. In text, which does not run, commands are. */
const CHECKED = ["js", "ts", "tsx", "html", "rust", "rust,no_run", "python", "sh", "text"];
const OPTIONS = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
  types: [],
  jsx: ts.JsxEmit.Preserve,
  noEmit: true,
};

/** Every fenced block, with the text right before it. */
const BLOCKS = FILES.flatMap((file) => {
  const tokens = markdownIt({ html: true }).parse(readFileSync(file, "utf8"), {});
  return tokens.flatMap(({ type, info, content, map }, i) => {
    if (type !== "fence") return [];
    const before = tokens.slice(0, i).findLast(({ content }) => content)?.content ?? "";
    return { file, line: map[0] + 2, language: info, content, before };
  });
});

/** JavaScript inside a block: that of a page, of its script. */
const codeOf = ({ language, content }) =>
  language === "html" ? content.match(/<script[^>]*>([\s\S]*)<\/script>/)[1] : content;

/** Writes a block as a module, under the name that the text gives it, if any. */
function write(block) {
  const ending = block.language === "html" ? "js" : block.language;
  const [, given] = block.before.match(/`([\w-]+\.tsx?)`/) ?? [];
  const name = given ?? `${basename(block.file, ".md")}-${block.line}.${ending}`;
  const path = join(OUT, block.file.startsWith("js/") ? "js" : "", name);
  mkdirSync(join(path, ".."), { recursive: true });
  const places = /"\.\/node_modules\/she-ood\/index\.js"/g;
  writeFileSync(path, `${codeOf(block).replace(places, '"she-ood"')}\nexport {};\n`);
  return { ...block, path };
}

/** Complaints of the compiler about blocks, by the lines of their documents. */
function complaints(blocks, options) {
  const declared = readdirSync("tests/docs").map((file) => `tests/docs/${file}`);
  const written = blocks.map(write);
  const program = ts.createProgram([...written.map(({ path }) => path), ...declared], {
    ...OPTIONS,
    ...options,
  });
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const block = written.find(({ path }) => file?.fileName.endsWith(path));
    const { line } = file?.getLineAndCharacterOfPosition(start) ?? {};
    const place = block ? `${block.file}:${block.line + line}` : `${file?.fileName}:${line + 1}`;
    return `${place}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
  });
}

const written = (...languages) => BLOCKS.filter(({ language }) => languages.includes(language));

test("JavaScript calls the package as its types say", () => {
  rmSync(OUT, { recursive: true, force: true });
  const blocks = written("js", "html");
  assert.ok(blocks.length > 30, `${blocks.length} blocks`);
  assert.deepEqual(complaints(blocks, { allowJs: true, checkJs: true }), []);
});

test("TypeScript is right in strict mode", () => {
  const blocks = written("ts", "tsx");
  assert.ok(blocks.length > 1, `${blocks.length} blocks`);
  const strict = { strict: true, noUncheckedIndexedAccess: true };
  assert.deepEqual(complaints(blocks, strict), []);
});

test("no block is in a language that nothing checks", () => {
  const unchecked = BLOCKS.filter(({ language }) => !CHECKED.includes(language));
  assert.deepEqual(
    unchecked.map(({ file, line }) => `${file}:${line}`),
    [],
  );
});
