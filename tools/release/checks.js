// What both tables of a release share: commands, and how checks are run and printed.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export const run = (command, args, options = {}) =>
  execFileSync(command, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    maxBuffer: 1 << 28,
    ...options,
  });
export const json = (file) => JSON.parse(readFileSync(file, "utf8"));

const firstLines = (words) => words.trim().split("\n").slice(0, 12).join("\n");

/** Runs each check, prints a table, and sets the exit code where one fails. */
export function checked(checks) {
  const table = {};
  for (const [name, check] of Object.entries(checks)) {
    console.log(`checking: ${name}`);
    try {
      table[name] = { result: "passed", what: check() };
    } catch (error) {
      process.exitCode = 1;
      const words = String(error.stderr || error.stdout || error.message);
      table[name] = { result: "FAILED", what: firstLines(words) };
    }
  }
  for (const [name, { result, what }] of Object.entries(table))
    console.log(`${result}  ${name}: ${what}`);
}
