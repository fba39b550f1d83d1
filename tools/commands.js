// Runs every command in README.md, docs/ and the READMEs of examples/, in the order of each page,
// in a folder with what they name (tools/commands.py makes it). Fails if one ends with another exit
// code than 0, or than 3 for a detector that was written but flags nothing or works badly: 3 is no
// fault with data as small as this.
//
//     make commands
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

const OUT = resolve("target/commands");
const STOCK = join(OUT, "stock");
const python = (name) => resolve(`.tools/python-${name}/bin`);
/** The benchmarks of docs/performance.md have targets of their own. */
const PAGES = [
  "README.md",
  "js/README.md",
  ...readdirSync("docs").map((file) => `docs/${file}`),
  ...readdirSync("examples").map((name) => `examples/${name}/README.md`),
].filter((page) => page.endsWith(".md") && page !== "docs/performance.md" && existsSync(page));

/** What a page's reader has done before its first command. */
const BEFORE = {
  "docs/export.md": ["cp models/cifar10.onnx detector.onnx"],
  "docs/federated.md": [
    `she-ood fit model.onnx --partial --similarity cosine --clip 27 --noise 1.53 --labels @names \
      --data mine -o another.part`,
  ],
  "docs/monitor.md": [
    "cp models/cifar10.onnx detector.onnx",
    "she-ood monitor detector.onnx --state line-1.json --data test/",
    "she-ood monitor detector.onnx --state line-2.json --data test/",
  ],
  "examples/ray/README.md": [
    "rm -r pictures held-out",
    "python tools/shards.py shards",
    "mv shards/training shards/held-out . && mv shards/test pictures",
  ],
};

/** Where the commands of a page run, if not in the folder of the repository. */
const PLACES = { "examples/python/README.md": "examples/python" };
/** Pages whose Python needs more than the tests' does. */
const PYTHONS = { "examples/ray/README.md": "scale" };

/** Commands that do not run here, and why. */
const NOT_RUN = [
  [/^npm install she-ood$/, "needs a published package; tests/packed.test.js installs pkg/"],
  [/^npm /, "`make examples` installs the example and opens it in Chromium"],
  [/^node judge.js /, "needs `npm install`; `make examples` runs it"],
  [/^chromium /, "needs a window; `make examples` loads the extension"],
  [/^cargo run /, "needs a published crate; `make examples` runs it with this one"],
  [/^pip install /, "the Python of the tests has these packages"],
];

/** The commands of a page's blocks of shell: each with its line, and with those that it goes on. */
function commandsOf(page) {
  const text = readFileSync(page, "utf8");
  return [...text.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(({ 1: block, index }) => {
    const first = text.slice(0, index).split("\n").length + 1;
    return [...block.matchAll(/^(?!#|\n)(?:.*(?:\\|&&)\n)*.+/gm)].map((found) => ({
      page,
      line: first + block.slice(0, found.index).split("\n").length - 1,
      command: found[0],
    }));
  });
}

function shell(page, folder, command) {
  const path = [resolve("target/release"), python(PYTHONS[page] ?? "test"), process.env.PATH].join(
    delimiter,
  );
  return spawnSync("bash", ["-euo", "pipefail", "-c", command], {
    cwd: join(folder, PLACES[page] ?? ""),
    encoding: "utf8",
    env: { ...process.env, PATH: path },
  });
}

function prepared(page) {
  const folder = join(OUT, page.replaceAll("/", "-"));
  cpSync(STOCK, folder, { recursive: true, verbatimSymlinks: true });
  for (const command of BEFORE[page] ?? []) {
    const { status, stderr } = shell(page, folder, command);
    if (status !== 0 && !isWeak(status, command)) throw new Error(`${page}: ${command}\n${stderr}`);
  }
  return folder;
}

/** Whether a detector was written that flags nothing or does not work well. */
const isWeak = (status, command) => status === 3 && /^she-ood (fit|merge|calibrate) /.test(command);

/** Runs a command and prints a line on it. Returns whether it ended as it should. */
function run({ page, line, command }, folder) {
  const start = performance.now();
  const { status, stderr } = shell(page, folder, command);
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  const weak = isWeak(status, command);
  const said = weak ? ", written but weak" : "";
  const [judgement] = (weak && stderr.match(/^judgement .*/m)) || [];
  const shown = command.replace(/\s*\\?\n\s*/g, " ");
  console.log(`${page}:${line}: ${seconds} s, exit code ${status}${said}: ${shown}`);
  if (judgement) console.log(`    ${judgement}`);
  const works = status === 0 || weak;
  if (!works) console.error(stderr);
  return works;
}

rmSync(OUT, { recursive: true, force: true });
execFileSync(join(python("test"), "python"), ["tools/commands.py", STOCK], { stdio: "inherit" });

const all = PAGES.map((page) => ({ page, commands: commandsOf(page) }));
const excuse = ({ command }) => NOT_RUN.find(([pattern]) => pattern.test(command));
let [ran, failed] = [0, 0];
for (const { page, commands } of all) {
  const here = commands.filter((command) => !excuse(command));
  if (here.length === 0) continue;
  const folder = prepared(page);
  for (const command of here) {
    ran++;
    if (!run(command, folder)) failed++;
  }
}
const left = all.flatMap(({ commands }) => commands).filter(excuse);
const idle = NOT_RUN.filter(([pattern]) => !left.some(({ command }) => pattern.test(command)));
if (idle.length) throw new Error(`no command is like ${idle.map(([pattern]) => pattern)}`);
for (const found of left)
  console.log(`not run: ${found.page}:${found.line}: ${found.command}: ${excuse(found)[1]}`);
console.log(`${ran} commands ran, ${failed} failed, ${left.length} were not run`);
process.exitCode = failed ? 1 : 0;
