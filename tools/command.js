// The command line and the sets of data, for scripts that measure.
import { execFileSync, spawnSync } from "node:child_process";

const PROGRAM = "target/release/she-ood";
const part = (set, name, options) =>
  `data/${set}/${name}-images-idx3-ubyte:data/${set}/${name}-labels-idx1-ubyte:${options}`;

export const KNOWN = "keep=0,1,2,3,4";
export const MNIST_TRAIN = part("mnist", "train", KNOWN);
export const MNIST_KNOWN = part("mnist", "t10k", `${KNOWN}:name=MNIST 0-4`);
export const MNIST_UNKNOWN = part("mnist", "t10k", "keep=5,6,7,8,9:name=MNIST 5-9");
export const FASHION = part("fashion", "t10k", "name=Fashion-MNIST");

/** Runs a command and gives what it prints. */
export const run = (...args) =>
  execFileSync(PROGRAM, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 28,
  });

/** Fits a detector. Exit code 3 says that it flags nothing or works badly. */
export function fit(...args) {
  const { status, stderr } = spawnSync(PROGRAM, ["fit", ...args], { encoding: "utf8" });
  if (status !== 0 && status !== 3) throw new Error(stderr);
}

/** Runs a command that prints JSON. */
export const json = (...args) => JSON.parse(run(...args, "--json"));

/** A Markdown table. */
export const table = (head, rows) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

export const percent = (part, whole) => `${((100 * part) / whole).toFixed(2)} %`;
