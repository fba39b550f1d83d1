// Prints the tables of docs/performance.md in Markdown, from what benches/compare.js wrote.
//
//     node benches/tables.js [docs/performance.json]
import { readFileSync } from "node:fs";

const NAMES = {
  digits: "digit network",
  mlp: "MLP, two layers tapped",
  "resnet-20": "ResNet-20, seven layers tapped",
  tabular: "tabular MLP, two layers tapped",
  mobilenet: "MobileNetV2, random weights",
  efficientnet: "EfficientNet-lite0",
  vit: "ViT-tiny, random weights",
};
const RUNTIMES = ["she-ood", "onnxruntime-web", "rten", "tfjs"];
const HEAD = ["she-ood", "onnxruntime-web", "rten", "TensorFlow.js"];

const line = (cells) => `| ${cells.join(" | ")} |`;
const table = (head, rows) => [line(head), line(head.map(() => "---")), ...rows.map(line)];
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(2)} MB`;

function milliseconds(value) {
  if (value === undefined) return "–";
  return value >= 10 ? value.toFixed(0) : value >= 1 ? value.toFixed(2) : value.toFixed(3);
}

/** A runtime's figure of a row, under its own name or that of what it uses two cores by. */
const figure = (row, runtime) =>
  row[runtime] ?? row[`${runtime}-worker`] ?? row[`${runtime}-threads`];

function downloads(sizes) {
  return ["brotli", "gzip"].map((kind) => [
    "download",
    `WebAssembly, ${kind}`,
    (sizes["she-ood"][kind] / sizes["onnxruntime-web"][kind]).toFixed(2),
    ...RUNTIMES.map((runtime) => megabytes(sizes[runtime][kind])),
  ]);
}

function times(models) {
  return Object.entries(models).flatMap(([name, found]) =>
    Object.entries(found)
      .filter(([, row]) => row.range)
      .map(([what, row]) => [
        NAMES[name],
        what,
        `${row.ratio.toFixed(2)} (${row.range.map((end) => end.toFixed(2)).join(" – ")})`,
        ...RUNTIMES.map((runtime) => milliseconds(figure(row, runtime))),
      ]),
  );
}

function machine(models) {
  return Object.entries(models).map(([name, found]) => {
    const { "she-ood": speed, peak } = found["GFLOP/s"];
    return [
      NAMES[name],
      speed.toFixed(1),
      `${((100 * speed) / peak).toFixed(0)} % of ${peak.toFixed(0)}`,
      `${(100 * found["share of SHE"]).toFixed(1)} %`,
      ...RUNTIMES.map((runtime) => `${found["memory, MB"][runtime].toFixed(0)} MB`),
      found.difference.toExponential(1),
    ];
  });
}

const results = JSON.parse(readFileSync(process.argv[2] ?? "docs/performance.json", "utf8"));
const { cpu, cores, chromium, date, node, models, download } = results;
const TIMES = ["", "", "ratio", ...HEAD];
const MACHINE = [
  "",
  "GFLOP/s, one score",
  "of the machine's peak in WebAssembly",
  "SHE and bookkeeping, of a score",
  ...HEAD.map((name, i) => (i === 0 ? `memory: ${name}` : name)),
  "scores differ by",
];
console.log(
  [
    `${cpu}, ${cores} cores, Chromium ${chromium}, Node ${node.version}, ${date}.`,
    "",
    ...table(TIMES, [...downloads(download), ...times(models)]),
    "",
    ...table(MACHINE, machine(models)),
    "",
    "In Node:",
    "",
    ...table(TIMES, times(node.models)),
  ].join("\n"),
);
