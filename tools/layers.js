// Checks that the parts of the project use only the parts they may. Fails on any other arrow.
//
//     node tools/layers.js            checks
//     node tools/layers.js --arrows   prints every arrow, with the files that draw it
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/**
 * The parts of each folder, lowest first, and the parts each may use. A part may use only parts
 * listed before it, so there are no cycles. Parts of js/ and www/ are folders, named with a slash,
 * and single files; "." stands for all other files.
 */
const BASE = ["error", "tensor", "names", "listed", "labels"];
const CALLED = ["input/realm", "error", "info", "types", "input/"];
const MAY_USE = {
  src: {
    parallel: [],
    nearest: [],
    error: ["nearest"],
    names: ["error"],
    listed: [],
    labels: [],
    exact: [],
    tensor: ["error"],
    image: BASE,
    metrics: BASE,
    model: BASE,
    score: [...BASE, "exact", "parallel", "model"],
    scorer: [...BASE, "image", "model", "score"],
    monitor: [...BASE, "scorer"],
    detector: [...BASE, "parallel", "image", "model", "score", "scorer", "monitor"],
    export: [...BASE, "image", "model", "score", "scorer", "detector"],
    fit: [...BASE, "exact", "parallel", "image", "model", "score", "scorer", "detector"],
    // A file of samples can be split, as a fit splits its samples; it may hold their features.
    data: [...BASE, "image", "model", "score", "fit"],
    // The two doors may use all of the library.
    cli: "all",
    wasm: "all",
  },
  js: {
    she_ood: [],
    she_ood_scorer: [],
    "she_ood_scorer_bg.wasm": [],
    she_ood_monitor: [],
    "she_ood_monitor_bg.wasm": [],
    inlined: [],
    info: [],
    types: [],
    "input/realm": ["types"],
    error: ["input/realm"],
    "input/": ["input/realm", "error", "types"],
    "call/": CALLED,
    "file/": [...CALLED, "call/"],
    "wasm/": [...CALLED, "call/", "file/", "she_ood"],
    "fit/": [...CALLED, "call/", "file/", "wasm/"],
    "teach/": [...CALLED, "call/", "file/", "wasm/", "fit/"],
    "scorer/": [
      ...CALLED,
      "call/",
      "file/",
      "wasm/",
      "fit/",
      "she_ood_scorer",
      "she_ood_scorer_bg.wasm",
    ],
    scorer: [...CALLED, "call/", "file/", "wasm/", "scorer/"],
    "monitor/": [
      ...CALLED,
      "call/",
      "file/",
      "wasm/",
      "she_ood_monitor",
      "she_ood_monitor_bg.wasm",
    ],
    monitor: [...CALLED, "call/", "file/", "wasm/", "monitor/"],
    ".": [...CALLED, "call/", "file/", "wasm/", "fit/", "teach/", "she_ood", "inlined"],
    "worker/": [...CALLED, "call/", "file/", "wasm/", "fit/", "teach/", "she_ood", "."],
    worker: "all",
  },
  www: {
    "../models/": [],
    // The form says how many pictures a fit will hold out, by the package's own rule.
    "../js/fit/hold-out": [],
    // The documentation, once built.
    "../target/docs/": [],
    policy: [],
    public: [],
    "shared/": [],
    "offline/": ["policy", "public"],
    "try/": ["shared/", "offline/", "../models/"],
    "experiments/": ["shared/", "../models/"],
    "own-model/": ["shared/", "../models/", "../js/fit/hold-out"],
    "teach/": ["shared/", "offline/", "../models/"],
    ".": ["policy", "offline/", "../target/docs/"],
  },
};

/** Names that only one part of src/ may mention: the engine's, and JavaScript's. */
const OWNED = { model: /\btract_\w+/, wasm: /\b(wasm_bindgen|js_sys|JsValue)\b/ };

const filesOf = (folder, ending) =>
  readdirSync(folder, { recursive: true }).filter(
    (file) => ending.test(file) && !/^(dist|public)\//.test(file),
  );

/** The part of js/ or www/ that a file belongs to. */
function partOf(folder, file) {
  const path = file.replace(/\.[jt]s$/, "");
  const parts = Object.keys(MAY_USE[folder]).filter((part) =>
    part.endsWith("/") ? path.startsWith(part) : path === part,
  );
  return parts.sort((a, b) => b.length - a.length)[0] ?? (path.startsWith("..") ? path : ".");
}

/** The items of a list in braces, those of inner braces kept whole. */
function itemsOf(list) {
  const items = [""];
  let depth = 0;
  for (const letter of list) {
    depth += { "{": 1, "}": -1 }[letter] ?? 0;
    if (letter === "," && depth === 0) items.push("");
    else items[items.length - 1] += letter;
  }
  return items.map((item) => item.trim()).filter(Boolean);
}

/** Rust code without comments and without the tests at the end of the file. */
const codeOf = (text) =>
  text.replace(/^#\[cfg\(test\)\]\nmod \w+ \{[\s\S]*/m, "").replace(/\/\/.*$/gm, "");

/** The first names of all paths that start at the root of the crate. */
function rootNames(file, code) {
  const depth = file.replace(/\.rs$/, "").split("/").length;
  const root = `(?:\\bcrate::|\\bshe_ood::|(?<!:)\\b${"super::".repeat(depth)})(?!super)`;
  return [...code.matchAll(new RegExp(`${root}(\\w+|\\{[^;]*\\})`, "g"))]
    .flatMap(([, path]) => (path.startsWith("{") ? itemsOf(path.slice(1, -1)) : [path]))
    .map((path) => path.match(/^\w+/)[0]);
}

/** Modules by the names that src/lib.rs makes public. */
function publicNames() {
  const uses = codeOf(readFileSync("src/lib.rs", "utf8")).matchAll(/^pub use (\w+)::([^;]+);/gm);
  return Object.fromEntries(
    [...uses].flatMap(([, part, names]) => names.match(/\w+/g).map((name) => [name, part])),
  );
}

function rustArrows() {
  const modules = publicNames();
  return filesOf("src", /\.rs$/)
    .filter((file) => !["lib.rs", "main.rs"].includes(file))
    .flatMap((file) => {
      const code = codeOf(readFileSync(`src/${file}`, "utf8"));
      const from = file.replace(/[/.].*/, "");
      const owned = Object.keys(OWNED).filter((part) => part !== from && OWNED[part].test(code));
      const used = rootNames(file, code).map((name) =>
        name in MAY_USE.src ? name : (modules[name] ?? name),
      );
      return [...owned, ...used].map((to) => ({ file: `src/${file}`, from, to }));
    });
}

const IMPORT = /(?:\bfrom|\bimport\(?|\bnew URL\()\s*"(\.{1,2}\/[^"]+)"/g;

function scriptArrows(folder) {
  return filesOf(folder, /\.[jt]s$/).flatMap((file) =>
    [...readFileSync(`${folder}/${file}`, "utf8").matchAll(IMPORT)].map(([, path]) => ({
      file: `${folder}/${file}`,
      from: partOf(folder, file),
      to: partOf(folder, posix.join(posix.dirname(file), path)),
    })),
  );
}

/** Lists that name a part below itself, or one that does not exist. */
const cycles = (parts) =>
  Object.keys(parts).flatMap((part, i, order) =>
    (parts[part] === "all" ? [] : parts[part])
      .filter((used) => !order.slice(0, i).includes(used))
      .map((used) => `${part} may not list ${used}, which is not above it`),
  );

function forbidden(parts, arrows) {
  return arrows
    .filter(({ from, to }) => from !== to && parts[from] !== "all" && !parts[from]?.includes(to))
    .map(({ file, to }) => `${file} uses ${to}`);
}

const ARROWS = { src: rustArrows(), js: scriptArrows("js"), www: scriptArrows("www") };
if (process.argv.includes("--arrows"))
  for (const { file, from, to } of Object.values(ARROWS).flat())
    if (from !== to) console.log(`${from} -> ${to}  ${file}`);
const problems = Object.entries(MAY_USE).flatMap(([folder, parts]) => [
  ...cycles(parts),
  ...forbidden(parts, ARROWS[folder]),
]);
for (const problem of new Set(problems)) console.error(problem);
if (problems.length > 0) {
  console.error("tools/layers.js says which parts of the project may use which");
  process.exitCode = 1;
}
