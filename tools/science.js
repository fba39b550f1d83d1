// The pictures of docs/science.md: scores, ROC curves and features of oodeel's two experiments.
//
//     make science
//
// Fits a detector for each, scores the test files with it and with others, and writes
// docs/pictures/science-*.svg. Prints the figures of the curves. SVHN names the .npz file of SVHN's
// test images; without it, the pictures of the second experiment are left as they are.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { inflateRawSync } from "node:zlib";
import { Model, metrics } from "she-ood";
import { fit, json, MNIST_KNOWN, MNIST_TRAIN, MNIST_UNKNOWN, table } from "./command.js";
import { histogram, rocs, scatter } from "./science/chart.js";
import { plane } from "./science/plane.js";

const FOLDER = "target/science";
/** Points of the features' plane: known, and unknown. */
const SHOWN = [500, 150];
const CIFAR = (name, rows = "") =>
  `data/cifar10/${name}-images-idx4-ubyte:data/cifar10/${name}-labels-idx1-ubyte${rows}`;
const CIFAR_LAYERS = ["conv2", "relu2"].flatMap((op) =>
  [1, 2, 3].map((stage) => `stage${stage}_block3_${op}`),
);
const [MEAN, STD] = [
  [0.4914, 0.4822, 0.4465],
  [0.247, 0.2435, 0.2616],
];
const SVHN = process.env.SVHN ?? "";

const MNIST = {
  name: "mnist",
  title: "MNIST 0-4 against 5-9",
  model: "tests/data/mnist_mlp_0-4.onnx",
  layer: "sequential/dense_1/Relu:0",
  preprocess: { scale: 255 },
  fits: {
    "SHE, std (oodeel)": ["--layer", "sequential/dense/Relu:0"],
    Mahalanobis: ["--similarity", "mahalanobis"],
  },
  data: [MNIST_TRAIN, `${MNIST_TRAIN}:rows=28596..`],
  known: MNIST_KNOWN,
  unknown: MNIST_UNKNOWN,
  classes: ["0", "1", "2", "3", "4"],
};
const CIFAR10 = {
  name: "cifar",
  title: "CIFAR-10 against SVHN",
  model: "models/cifar10-model.onnx",
  layer: "pooled",
  preprocess: { mean: MEAN, std: STD },
  fits: {
    "SHE, sum (oodeel 0.3)": [
      ...CIFAR_LAYERS.flatMap((layer) => ["--layer", layer]),
      ...["--preset", "oodeel-0.3", "--mean", MEAN.join(), "--std", STD.join()],
    ],
  },
  shipped: { "models/cifar10.onnx": "models/cifar10.onnx" },
  data: [CIFAR("train", ":rows=..47000"), CIFAR("train", ":rows=48000..")],
  known: CIFAR("test"),
  unknown: SVHN,
  classes: "airplane automobile bird cat deer dog frog horse ship truck".split(" "),
};

/** Scores of the known and of the unknown images, by the name of what scored them. */
function scored({ name, model, layer, fits, shipped = {}, data: [data, held], known, unknown }) {
  const fitted = Object.entries(fits).map(([score, more], i) => {
    const file = `${FOLDER}/${name}-${i}.onnx`;
    fit(model, ...more, "--layer", layer, "--data", data, "--calibration", held, "-o", file);
    return [score, file];
  });
  const all = [...fitted, ...Object.entries(shipped)].map(([score, file]) => [
    score,
    [known, unknown].map((images) => json("score", file, images)),
  ]);
  const of = (sides, read) => sides.map((side) => side.map(read));
  const [[, first]] = all;
  return {
    ...Object.fromEntries(all.map(([name, sides]) => [name, of(sides, ({ score }) => score)])),
    energy: of(first, ({ baselines }) => baselines.energy),
    MSP: of(first, ({ baselines }) => baselines.msp),
  };
}

/** The pixels of an idx file, or of the array `X` of an .npz file, picture by picture. */
function pictures(file) {
  const bytes = readFileSync(file);
  if (!file.endsWith(".npz")) {
    const sizes = Array.from({ length: bytes[3] - 1 }, (_, i) => bytes.readInt32BE(8 + 4 * i));
    return { pixels: bytes.subarray(4 + 4 * bytes[3]), side: sizes[0], channels: sizes[2] ?? 1 };
  }
  const name = bytes.indexOf("X.npy");
  const array = inflateRawSync(bytes.subarray(name + 5 + bytes.readUInt16LE(name - 2)));
  return { pixels: array.subarray(10 + array.readUInt16LE(8)), side: 32, channels: 3 };
}

/** Picture `index` as a browser holds it. */
function rgba({ pixels, side, channels }, index) {
  const data = new Uint8Array(4 * side * side).fill(255);
  const own = pixels.subarray(index * side * side * channels);
  for (let i = 0; i < side * side; i++)
    for (let c = 0; c < 3; c++) data[4 * i + c] = own[channels * i + (channels === 3 ? c : 0)];
  return { data, width: side, height: side };
}

/** The first images whose label is wanted, with it, and their features. */
function features(model, set, count, isWanted) {
  const [file, labels] = set.split(":");
  const source = pictures(file);
  const classes = labels && readFileSync(labels).subarray(8);
  const rows = [];
  for (let i = 0; rows.length < count; i++)
    if (!labels || isWanted(classes[i]))
      rows.push([model.features(rgba(source, i)).layers[0].features, classes?.[i]]);
  return rows;
}

/** The known test images in the plane in which their features vary the most, and the unknown. */
async function scattered({ model: file, layer, preprocess, known, unknown, classes, title }) {
  const options = { layers: [layer], preprocess };
  const model = await Model.load(readFileSync(file), options);
  const isKnown = (label) => label < classes.length;
  const inside = features(model, known, SHOWN[0], isKnown);
  const outside = features(model, unknown, SHOWN[1], (label) => !isKnown(label));
  model.dispose();
  const place = plane(inside.map(([values]) => values));
  const points = (rows) => rows.map(([values, label]) => [...place(values), label]);
  return scatter(`Features of ${title}`, {
    known: points(inside),
    unknown: points(outside),
    classes,
    names: `dots: known, by class; crosses: ${title.split(" against ")[1]}`,
  });
}

async function draw(experiment) {
  const { name, title } = experiment;
  const write = (kind, picture) =>
    writeFileSync(`docs/pictures/science-${name}-${kind}.svg`, picture);
  const scores = scored(experiment);
  const curves = {};
  for (const [score, sides] of Object.entries(scores))
    curves[score] = await metrics.evaluate(...sides);
  const [[first, [known, unknown]]] = Object.entries(scores);
  const [inside, outside] = title.split(" against ");
  const groups = { [inside]: known, [outside]: unknown };
  write("scores", histogram(`Scores of ${title}`, first, groups));
  write("roc", rocs(`ROC curves of ${title}`, curves));
  write("features", await scattered(experiment));
  const figures = Object.entries(curves).map(([score, { auroc, aurocInterval, ...rest }]) => [
    score,
    ...[auroc, ...aurocInterval, rest.fprIdAtTpr95Ood].map((value) => value.toFixed(4)),
  ]);
  console.log(`\n## ${title}\n\n${table(["", "AUROC", "from", "to", "FPR95"], figures)}`);
}

mkdirSync(FOLDER, { recursive: true });
await draw(MNIST);
if (existsSync(SVHN)) await draw(CIFAR10);
else console.log(`SKIPPED: the second experiment, as there is no file ${SVHN || "named in SVHN"}`);
