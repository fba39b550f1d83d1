// Runs every suite and says how many tests ran where. `make test` calls it with everything built.
import { spawn } from "node:child_process";

const SUITES = [
  { name: "native", command: "cargo test --quiet --features cli" },
  {
    name: "WebAssembly",
    command:
      "cargo test --profile wasm --target wasm32-unknown-unknown --test suite && cargo test --profile wasm --target wasm32-unknown-unknown -p she-ood-kernel --lib",
  },
  {
    name: "package and page in Node",
    command:
      "node --test --test-reporter=tap tests/package.test.js tests/unit/www/*.test.js tests/sweep.test.js",
  },
  {
    name: "packaging",
    command: "node --test --test-reporter=tap tests/packaging.test.js tests/runtimes.test.js",
  },
  {
    name: "browser",
    command:
      "node --test --test-reporter=tap tests/browser.test.js tests/experiments.test.js tests/own.test.js tests/pictures.test.js tests/worker.test.js tests/privacy.test.js tests/parity.test.js",
  },
  // The first suite leaves the program behind.
  {
    name: "Python",
    command: "SHE_OOD=target/debug/she-ood .tools/python-test/bin/python tests/python_test.py 2>&1",
  },
];

/**
 * What the test runners print of their counts: cargo and wasm-bindgen first, then node, then
 * Python, which counts all that ran.
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
  const child = spawn(command, { shell: true, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise((resolve) => child.on("close", resolve));
  const [passed, failed] = [total(output, PASSED), total(output, FAILED)];
  // A suite that runs nothing, or breaks outside a test, has failed too.
  return {
    name,
    passed: name === "Python" ? passed - failed : passed,
    failed: code === 0 && passed > 0 ? failed : Math.max(1, failed),
  };
}

const results = [];
for (const suite of SUITES) results.push(await run(suite));

console.log();
for (const { name, passed, failed } of results)
  console.log(`${name}: ${passed} passed, ${failed} failed`);
const sum = (key) => results.reduce((all, result) => all + result[key], 0);
console.log(`${sum("passed")} passed, ${sum("failed")} failed`);
process.exitCode = sum("failed") ? 1 : 0;
