// What brightness does to SHE: the known test digits, dimmed and brightened, against themselves.
//
//     make brightness
//
// Prints a table of the AUROC by which each similarity takes the changed digits for
// out-of-distribution (one half: not at all) and writes it as docs/brightness.svg.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fit, json, KNOWN, MNIST_KNOWN, MNIST_TRAIN, table } from "./command.js";

const FOLDER = "target/brightness";
const FACTORS = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 2];
const SCORES = ["inner", "cosine", "euclidean"];
const [HEADER, PIXELS] = [16, readFileSync("data/mnist/t10k-images-idx3-ubyte")];

/** AUROC of each score against the digits with their pixels multiplied. */
function measure(detector, factor) {
  const images = `${FOLDER}/images-idx3-ubyte`;
  const changed = PIXELS.map((pixel, i) =>
    i < HEADER ? pixel : Math.min(255, Math.round(pixel * factor)),
  );
  writeFileSync(images, changed);
  const { ood } = json(
    "eval",
    detector,
    "--id",
    MNIST_KNOWN,
    "--ood",
    `${images}:data/mnist/t10k-labels-idx1-ubyte:${KNOWN}`,
  );
  return SCORES.map(
    (similarity) => ood[0].scores.find(({ score }) => score.startsWith(`SHE ${similarity}`)).auroc,
  );
}

const [WIDTH, HEIGHT, LEFT, BOTTOM] = [640, 340, 56, 48];
const x = (factor) => LEFT + ((factor - 0.25) / 1.75) * (WIDTH - LEFT - 110);
const y = (auroc) => HEIGHT - BOTTOM - auroc * (HEIGHT - BOTTOM - 16);
const text = (px, py, content, more = "") =>
  `<text x="${px.toFixed(1)}" y="${py.toFixed(1)}" ${more}>${content}</text>`;

function line(rows, column) {
  const points = FACTORS.map(
    (factor, i) => `${x(factor).toFixed(1)},${y(rows[i][column]).toFixed(1)}`,
  ).join(" ");
  const label = text(x(2) + 8, y(rows.at(-1)[column]) + 5, SCORES[column], `class="s${column}"`);
  return `<polyline points="${points}" class="s${column}"/>${label}`;
}

/** The table as a chart, readable on light and on dark paper. */
function chart(rows) {
  const grid = [0, 0.25, 0.5, 0.75, 1].map((auroc) => {
    const rule = `<path d="M${LEFT} ${y(auroc).toFixed(1)}H${x(2).toFixed(1)}"/>`;
    return rule + text(LEFT - 8, y(auroc) + 5, auroc, 'text-anchor="end"');
  });
  const ticks = FACTORS.map((factor) =>
    text(x(factor), HEIGHT - BOTTOM + 20, factor, 'text-anchor="middle"'),
  );
  const name = text(
    (LEFT + x(2)) / 2,
    HEIGHT - 8,
    "brightness of the changed digits",
    'text-anchor="middle"',
  );
  const style =
    "text{font:15px system-ui,sans-serif;fill:#6b7280}path{stroke:#9ca3af;stroke-opacity:.4}" +
    "polyline{fill:none;stroke-width:3}\n" +
    ".s0{stroke:#d9480f}.s1{stroke:#0f9d8c}.s2{stroke:#3b6fe0;stroke-dasharray:7 4}" +
    "text.s0{stroke:none;fill:#d9480f}text.s1{stroke:none;fill:#0f9d8c}" +
    "text.s2{stroke:none;fill:#3b6fe0}";
  const label = "AUROC of dimmed and brightened digits against themselves";
  const lines = SCORES.map((_, column) => line(rows, column));
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
    `aria-label="${label}"><style>${style}</style>\n` +
    `${[...grid, ...ticks, name, ...lines].join("\n")}</svg>\n`
  );
}

mkdirSync(FOLDER, { recursive: true });
const detector = `${FOLDER}/detector.onnx`;
const sets = [
  "--data",
  `${MNIST_TRAIN}:rows=..28596`,
  "--calibration",
  `${MNIST_TRAIN}:rows=28596..`,
];
fit("models/mnist-mlp.onnx", "--layer", "dense_1", ...sets, "-o", detector);
const rows = FACTORS.map((factor) => measure(detector, factor));
console.log(
  table(
    ["brightness", ...SCORES],
    FACTORS.map((factor, i) => [factor, ...rows[i].map((auroc) => auroc.toFixed(3))]),
  ),
);
writeFileSync("docs/brightness.svg", chart(rows));
