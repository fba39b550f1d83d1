// oodeel's first experiment: a toy MLP that knows the digits 0 to 4 of MNIST, against 5 to 9 and
// Fashion-MNIST.
//
//     make experiment-mnist
//
// Fits every preset, aggregator and similarity on two models: the one that oodeel's golden values
// were computed with, and the one that tools/train_mlp.py trains. Prints a table for each, with
// oodeel's own numbers where there are some, and writes the reports of the default preset to
// target/experiment-mnist/.
import { mkdirSync } from "node:fs";
import {
  FASHION,
  fit,
  json,
  MNIST_KNOWN,
  MNIST_TRAIN,
  MNIST_UNKNOWN,
  percent,
  table,
} from "./command.js";

const FOLDER = "target/experiment-mnist";
const both = (more = []) => ({ layers: [0, 1], more });
const last = (more = []) => ({ layers: [1], more });

/** What to fit, and oodeel's own AUROC and FPR95 against 5 to 9 for its model, eps = 0. */
const FITS = {
  "oodeel: both layers, std": { ...both(), oodeel: [0.676969, 0.686126] },
  "oodeel 0.3: both layers, sum": {
    ...both(["--preset", "oodeel-0.3"]),
    oodeel: [0.700622, 0.668223],
  },
  "oodeel: dense_1": { ...last(), oodeel: [0.70958, 0.665888] },
  "oodeel: dense": { layers: [0], more: [], oodeel: [0.636451, 0.730687] },
  "both layers, fisher": { ...both(["--aggregator", "fisher"]), oodeel: [0.677842, 0.685347] },
  "both layers, mean": both(["--aggregator", "mean"]),
  "both layers, std, ReAct 0.95": both(["--react", "0.95"]),
  "openood, inner: dense_1": last(["--preset", "openood"]),
  "openood, euclidean: dense_1": last(["--preset", "openood", "--similarity", "euclidean"]),
  "openood, cosine: dense_1": last(["--preset", "openood", "--similarity", "cosine"]),
  "pytorch-ood: dense_1": last(["--preset", "pytorch-ood"]),
  "paper: dense_1": last(["--preset", "paper"]),
  "hopfield: dense_1, 200 a class": last(["--preset", "hopfield", "--store", "200"]),
  "cosine, best: dense_1": last(["--similarity", "cosine"]),
  "cosine, best: both layers, std": both(["--similarity", "cosine"]),
  "euclidean, best: both layers, std": both(["--similarity", "euclidean"]),
  "mahalanobis, best: dense_1": last(["--similarity", "mahalanobis"]),
  "mahalanobis, best: both layers, std": both(["--similarity", "mahalanobis"]),
  "cosine, best: dense_1, with energy": last(["--similarity", "cosine", "--with", "energy"]),
  "mahalanobis, best: dense_1, with energy": last([
    "--similarity",
    "mahalanobis",
    "--with",
    "energy",
  ]),
  "mahalanobis, best: both layers, std, with energy": both([
    "--similarity",
    "mahalanobis",
    "--with",
    "energy",
  ]),
};

const MODELS = [
  // oodeel fits on all images, so here calibration samples are fit samples: the figures of this
  // model use no threshold.
  {
    name: "the golden model",
    fit: "",
    onnx: "tests/data/mnist_mlp_0-4.onnx",
    layers: ["sequential/dense/Relu:0", "sequential/dense_1/Relu:0"],
  },
  {
    name: "our own model",
    fit: ":rows=..28596",
    onnx: "models/mnist-mlp.onnx",
    layers: ["dense", "dense_1"],
  },
];

function fitTo(model, { layers, more }, output) {
  const taps = layers.flatMap((layer) => ["--layer", model.layers[layer]]);
  const sets = ["--data", MNIST_TRAIN + model.fit, "--calibration", `${MNIST_TRAIN}:rows=28596..`];
  fit(model.onnx, ...taps, ...more, ...sets, "-o", output);
}

function evaluate(detector, report) {
  const pages = report ? ["--report", report] : [];
  return json(
    "eval",
    detector,
    "--id",
    MNIST_KNOWN,
    "--ood",
    MNIST_UNKNOWN,
    "--ood",
    FASHION,
    "--compat",
    "oodeel",
    ...pages,
  );
}

const figure = (value) => value?.toFixed(4) ?? "–";

function row(model, name, settings) {
  const detector = `${FOLDER}/detector.onnx`;
  fitTo(model, settings, detector);
  const first = name.startsWith("oodeel: both");
  const report = `${FOLDER}/${model.name.replaceAll(" ", "-")}.html`;
  const { id, ood } = evaluate(detector, first && report);
  const [digits, fashion] = ood.map(({ scores }) => scores[0]);
  const oodeel = model === MODELS[0] ? settings.oodeel : undefined;
  const figures = [
    digits.auroc,
    digits.fprIdAtTpr95Ood,
    oodeel?.[0],
    oodeel?.[1],
    digits.fprOodAtTpr95Id,
    fashion.auroc,
  ];
  const passed = model.fit ? percent(id.samples - id.flagged, id.samples) : "–";
  return { cells: [name, ...figures.map(figure), passed], id, ood, report };
}

mkdirSync(FOLDER, { recursive: true });
for (const model of MODELS) {
  const rows = Object.entries(FITS).map(([name, settings]) => row(model, name, settings));
  const { id, ood, report } = rows[0];
  const baselines = ["MSP", "max logit", "energy"].map((name) => {
    const [digits, fashion] = ood.map(({ scores }) => scores.find(({ score }) => score === name));
    return [
      name,
      ...[
        digits.auroc,
        digits.fprIdAtTpr95Ood,
        undefined,
        undefined,
        digits.fprOodAtTpr95Id,
        fashion.auroc,
      ].map(figure),
      "–",
    ];
  });
  const head = [
    "",
    "AUROC 5–9",
    "FPR95 (OOD positive)",
    "AUROC, oodeel",
    "FPR95, oodeel",
    "FPR95 (ID positive)",
    "AUROC Fashion",
    "ID pass",
  ];
  console.log(
    `\n## ${model.name}: accuracy ${percent(id.correct, id.samples)} ` +
      `on ${id.samples} test images of 0 to 4\n`,
  );
  console.log(table(head, [...rows.map(({ cells }) => cells), ...baselines]));
  console.log(`\nReport: ${report}`);
}
