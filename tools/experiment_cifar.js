// oodeel's second experiment: a ResNet-20 that knows CIFAR-10, against SVHN, Fashion-MNIST, MNIST,
// noise and blank pictures.
//
//     make experiment-cifar
//
// Prints how every setting does on the model's features, and what the detector file makes of the
// same images: natively, in WebAssembly and in Chromium. The report goes to
// target/experiment-cifar/report.html. SVHN names the .npz file of SVHN's test images; without it,
// the figures against SVHN are left out.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { cpus } from "node:os";
import { chromium } from "playwright-core";
import { Detector } from "she-ood";
import { serve } from "../tests/server.js";
import { browsers } from "./browsers.js";
import { json, percent, run, table } from "./command.js";

const FOLDER = "target/experiment-cifar";
const [MODEL, DETECTOR] = ["models/cifar10-model.onnx", "models/cifar10.onnx"];
const TEST = "data/cifar10/test-images-idx4-ubyte";
const LABELS = "data/cifar10/test-labels-idx1-ubyte";
const OTHERS = [
  "data/fashion/t10k-images-idx3-ubyte:name=Fashion-MNIST",
  "data/mnist/t10k-images-idx3-ubyte:name=MNIST",
  "data/noise/uniform-idx4-ubyte:name=uniform noise",
  "data/noise/gaussian-idx4-ubyte:name=Gaussian noise",
  "data/noise/blank-idx4-ubyte:name=blank",
];
/**
 * Figures that oodeel's authors published for models of their own: AUROC and FPR95, OOD positive.
 */
const PUBLISHED = [
  ["oodeel, ResNet, accuracy 92.75 %, 7 layers, sum", 0.98842, 0.0546],
  ["oodeel, ResNet, accuracy 92.75 %, 7 layers, std", 0.949659, 0.2521],
  ["oodeel, ResNet-20 in PyTorch, accuracy 92.6 %, 3 layers, std", 0.9935, 0.0284],
];
const SIDE = 32;
const ROUNDS = 300;

const svhn = existsSync(process.env.SVHN ?? "") ? process.env.SVHN : undefined;
if (!svhn)
  console.log(`SKIPPED: SVHN, as there is no file ${process.env.SVHN ?? "named in SVHN"}\n`);

/** The settings on features of the model. */
function settings() {
  console.log("## Settings, all fitted on the same features\n");
  const args = ["compare", MODEL, ...(svhn ? [svhn] : [])];
  execFileSync("target/release/examples/cifar10", args, { stdio: "inherit" });
  if (svhn)
    console.log(
      `\nPublished, against SVHN:\n\n${table(["", "AUROC", "FPR95, OOD positive"], PUBLISHED)}`,
    );
}

/** The detector file's own figures. */
function shipped() {
  const sets = [...(svhn ? [`${svhn}:name=SVHN`] : []), ...OTHERS].flatMap((set) => ["--ood", set]);
  const report = `${FOLDER}/report.html`;
  const { id, ood } = json(
    "eval",
    DETECTOR,
    "--id",
    `${TEST}:${LABELS}:name=CIFAR-10`,
    ...sets,
    "--report",
    report,
  );
  console.log(
    `\n## ${DETECTOR}\n\naccuracy ${percent(id.correct, id.samples)}, ` +
      `of the test images pass ${percent(id.samples - id.flagged, id.samples)}\n`,
  );
  const rows = ood.map(({ data, samples, flagged, scores: [own] }) => [
    data,
    ...[own.auroc, own.fprIdAtTpr95Ood, own.fprOodAtTpr95Id].map((value) => value.toFixed(4)),
    percent(flagged, samples),
  ]);
  console.log(
    table(["against", "AUROC", "FPR95, OOD positive", "FPR95, ID positive", "flagged"], rows),
  );
  console.log(`\nReport: ${report}`);
}

/** The test images as browsers hold pictures. */
function pictures() {
  const rgb = readFileSync(TEST).subarray(20);
  const pixels = SIDE * SIDE;
  return Array.from({ length: rgb.length / (3 * pixels) }, (_, i) => {
    const data = new Uint8Array(4 * pixels).fill(255);
    for (let p = 0; p < pixels; p++)
      data.set(rgb.subarray(3 * (i * pixels + p), 3 * (i * pixels + p) + 3), 4 * p);
    return { data, width: SIDE, height: SIDE };
  });
}

/** All test images, natively and in WebAssembly. */
async function agreement() {
  const labels = readFileSync(LABELS).subarray(8);
  const native = JSON.parse(run("score", DETECTOR, TEST, "--json"));
  const detector = await Detector.load(readFileSync(DETECTOR));
  const wasm = pictures().map((picture) => detector.score(picture));
  const correct = (reports) =>
    reports.filter(({ predicted }, i) => predicted.index === labels[i]).length;
  const same = wasm.filter(
    ({ predicted }, i) => predicted.index === native[i].predicted.index,
  ).length;
  const difference = wasm.reduce(
    (worst, { score }, i) => Math.max(worst, Math.abs(score - native[i].score)),
    0,
  );
  console.log(`\n## All ${labels.length} test images, natively and in WebAssembly\n`);
  console.log(
    table(
      ["", "native", "WebAssembly"],
      [
        [
          "accuracy",
          percent(correct(native), labels.length),
          percent(correct(wasm), labels.length),
        ],
        ["same prediction", "", `${same} of ${labels.length}`],
        ["largest difference of scores", "", difference.toExponential(1)],
      ],
    ),
  );
  if (same < labels.length || difference > 1e-4)
    throw new Error("WebAssembly and the native program differ");
}

/** Milliseconds of one score in Chromium, picture to report. */
async function chromiumTimes() {
  const server = await serve();
  const browser = await chromium.launch({
    executablePath: browsers.chromium,
    args: ["--no-sandbox", "--disable-background-networking"],
  });
  const page = await browser.newPage();
  await page.goto(`${server.url}tests/data/`);
  const times = await page.evaluate(
    async ({ file, side, rounds }) => {
      const { Detector } = await import("/pkg/index.js");
      const detector = await Detector.load(await (await fetch(`/${file}`)).arrayBuffer());
      const picture = new ImageData(
        Uint8ClampedArray.from({ length: 4 * side * side }, (_, i) => (i * 37) % 256),
        side,
        side,
      );
      return Array.from({ length: rounds }, () => {
        const start = performance.now();
        detector.score(picture);
        return performance.now() - start;
      }).sort((a, b) => a - b);
    },
    { file: DETECTOR, side: SIDE, rounds: ROUNDS },
  );
  await browser.close();
  await server.close();
  const [median, ninetieth] = [0.5, 0.9].map((share) =>
    times[Math.floor(share * ROUNDS)].toFixed(1),
  );
  console.log(
    `\nOne score in Chromium (${cpus()[0].model.trim()}, ${ROUNDS} rounds): ` +
      `median ${median} ms, nine in ten within ${ninetieth} ms`,
  );
}

mkdirSync(FOLDER, { recursive: true });
settings();
shipped();
await agreement();
await chromiumTimes();
