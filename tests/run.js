// Runs every suite and prints how many tests passed in each. `make test` builds what they need.
//
//     node tests/run.js [SUITE ...]   only the suites whose names contain one of these words
import { spawn } from "node:child_process";

const node = (...files) =>
  `node --test --test-reporter=tap ${files.map((file) => `tests/${file}.test.js`).join(" ")}`;

const python = (file) =>
  `SHE_OOD=target/debug/she-ood .tools/python-test/bin/python tests/${file}_test.py 2>&1`;

const WASM_TEST = "cargo test --profile wasm --target wasm32-unknown-unknown";

const SUITES = [
  { name: "unit", command: node("unit/*/*") },
  {
    name: "native",
    command: "cargo test --quiet --features cli && cargo test --quiet -p she-ood-kernel",
  },
  {
    name: "WebAssembly",
    command: `${WASM_TEST} --test suite && ${WASM_TEST} -p she-ood-kernel --lib`,
  },
  {
    name: "package in Node",
    command: node("package", "parts", "scorer", "monitor", "teacher", "external", "sweep"),
  },
  { name: "packaging", command: node("packed", "packaging", "runtimes", "docs") },
  {
    name: "Chromium",
    command: node(
      "browser",
      "experiments",
      "report",
      "own",
      "teach",
      "pictures",
      "worker",
      "teacher-worker",
      "privacy",
      "parity",
      "recipes",
      "export",
    ),
  },
  { name: "Firefox and WebKit", command: node("engines/engines") },
  // The native suite leaves the programs behind.
  { name: "examples", command: node("examples") },
  {
    name: "Python",
    command: ["docs", "python", "quantise", "export"].map(python).join(" && "),
  },
];

/**
 * The counts that test runners print: those of cargo and wasm-bindgen, of Node, and of Python,
 * which counts all tests that ran.
 */
const PASSED = [/^test result: .*?(\d+) passed/gm, /^# pass (\d+)/gm, /^Ran (\d+) tests/gm];
const FAILED = [
  /^test result: .*?(\d+) failed/gm,
  /^# fail (\d+)/gm,
  /^FAILED .*?failures=(\d+)/gm,
  /^FAILED .*?errors=(\d+)/gm,
];

const total = (output, patterns) =>
  patterns
    .flatMap((pattern) => [...output.matchAll(pattern)])
    .reduce((sum, [, count]) => sum + Number(count), 0);

/** Runs a suite, passing its output on. */
async function run({ name, command }) {
  console.log(`\n== ${name}: ${command}`);
  const start = Date.now();
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  const [passed, failed] = [total(output, PASSED), total(output, FAILED)];
  return {
    name,
    passed: name === "Python" ? passed - failed : passed,
    // A suite that runs no test, or breaks outside a test, has failed too.
    failed: code === 0 && passed > 0 ? failed : Math.max(1, failed),
    seconds: Math.round((Date.now() - start) / 1000),
  };
}

const words = process.argv.slice(2);
const chosen = SUITES.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
);
if (chosen.length === 0)
  throw new Error(`no suite is named ${words}: ${SUITES.map(({ name }) => name).join(", ")}`);
const results = [];
for (const suite of chosen) results.push(await run(suite));

console.log();
for (const { name, passed, failed, seconds } of results)
  console.log(`${name}: ${passed} passed, ${failed} failed, ${seconds} s`);
const sum = (key) => results.reduce((all, result) => all + result[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") ? 1 : 0;
