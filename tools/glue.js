// Has the modules of wasm-bindgen in pkg/ make their text coders when they are first used: test
// environments without them can import the package.
import { readFileSync, writeFileSync } from "node:fs";

const DECODER = [
  [
    /^let cachedTextDecoder = new TextDecoder\(.*\);\ncachedTextDecoder\.decode\(\);$/m,
    "let cachedTextDecoder;",
  ],
  [
    /^ {4}return cachedTextDecoder\.decode\(bytes\);$/m,
    "    return (cachedTextDecoder ??= new TextDecoder('utf-8', { ignoreBOM: true }))" +
      ".decode(bytes);",
  ],
];

const ENCODER = [
  [
    /^const cachedTextEncoder = new TextEncoder\(\);\n\nif \(!\('encodeInto'[\s\S]*?\n}$/m,
    "let cachedTextEncoder;\nconst textEncoder = () => (cachedTextEncoder ??= new TextEncoder());",
  ],
  [/cachedTextEncoder\.(?=encode\(arg\);$)/m, "textEncoder()."],
  [/cachedTextEncoder\.(?=encodeInto\(arg, view\);$)/m, "textEncoder()."],
];

for (const file of ["pkg/she_ood.js", "pkg/she_ood_scorer.js", "pkg/she_ood_monitor.js"]) {
  let glue = readFileSync(file, "utf8");
  // The scorer takes no texts.
  const takesTexts = glue.includes("TextEncoder");
  for (const [from, to] of [...DECODER, ...(takesTexts ? ENCODER : [])]) {
    if (!from.test(glue)) throw new Error(`wasm-bindgen writes ${from} no more`);
    glue = glue.replace(from, to);
  }
  writeFileSync(file, glue);
}
