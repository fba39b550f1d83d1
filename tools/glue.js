// Has the modules of wasm-bindgen in pkg/ make their text coders when they are first used: test
// environments without them can import the package. Also has them return the numbers of a report as
// a plain array: creating two typed arrays, a view and its copy, takes a tenth of a small model's
// score.
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

const NUMBERS = [
  [
    /^function getArrayF64FromWasm0\(ptr, len\) \{$/m,
    `function numbersFromWasm0(ptr, len) {
    const [memory, start] = [getFloat64ArrayMemory0(), (ptr >>> 0) / 8];
    const numbers = new Array(len);
    for (let i = 0; i < len; i++) numbers[i] = memory[start + i];
    return numbers;
}

$&`,
  ],
  [/getArrayF64FromWasm0\(ret\[0\], ret\[1\]\)\.slice\(\)/g, "numbersFromWasm0(ret[0], ret[1])"],
  [/@returns \{Float64Array\}/g, "@returns {number[]}"],
];

/** The declarations of the functions that give numbers. */
const DECLARED = [[/\): Float64Array;$/gm, "): number[];"]];

/** What is changed in each module: the scorer takes no texts, and monitors make no reports. */
const MODULES = {
  she_ood: [...DECODER, ...ENCODER, ...NUMBERS],
  she_ood_scorer: [...DECODER, ...NUMBERS],
  she_ood_monitor: [...DECODER, ...ENCODER],
};

function change(file, changes) {
  let text = readFileSync(file, "utf8");
  for (const [from, to] of changes) {
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`wasm-bindgen no longer writes ${from}`);
    text = changed;
  }
  writeFileSync(file, text);
}

for (const [name, changes] of Object.entries(MODULES)) change(`pkg/${name}.js`, changes);
for (const name of ["she_ood", "she_ood_scorer"]) change(`pkg/${name}.d.ts`, DECLARED);
