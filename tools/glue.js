// Has pkg/she_ood.js make its text coders when they are first used: test environments without them
// can import the package.
import { readFileSync, writeFileSync } from "node:fs";

const EDITS = [
  [
    /^let cachedTextDecoder = new TextDecoder\(.*\);\ncachedTextDecoder\.decode\(\);$/m,
    "let cachedTextDecoder;",
  ],
  [
    /^ {4}return cachedTextDecoder\.decode\(bytes\);$/m,
    "    return (cachedTextDecoder ??= new TextDecoder('utf-8', { ignoreBOM: true }))" +
      ".decode(bytes);",
  ],
  [
    /^const cachedTextEncoder = new TextEncoder\(\);\n\nif \(!\('encodeInto'[\s\S]*?\n}$/m,
    "let cachedTextEncoder;\nconst textEncoder = () => (cachedTextEncoder ??= new TextEncoder());",
  ],
  [/cachedTextEncoder\.(?=encode\(arg\);$)/m, "textEncoder()."],
  [/cachedTextEncoder\.(?=encodeInto\(arg, view\);$)/m, "textEncoder()."],
];

let glue = readFileSync("pkg/she_ood.js", "utf8");
for (const [from, to] of EDITS) {
  if (!from.test(glue)) throw new Error(`wasm-bindgen writes ${from} no more`);
  glue = glue.replace(from, to);
}
writeFileSync("pkg/she_ood.js", glue);
