// Writes the detectors that the benchmarks compare to target/bench, fitted on noise, each sample
// labelled as the model answers it. Then what other runtimes need for the same scores.
//
//     node benches/detectors.js              all of them
//     node benches/detectors.js digits mlp   some
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { Fitter, Model } from "../pkg/index.js";
import { noise } from "./shape.js";

const PYTHON = ".tools/python-test/bin/python";
const OUT = "target/bench";
/** Samples of a fit, half of them held out. */
const COUNT = 40;

const stages = ["stage1", "stage2", "stage3"].flatMap((stage) => [
  `${stage}_block3_conv2`,
  `${stage}_block3_relu2`,
]);
/** A network that benches/networks writes. */
const made = (name) => ({ file: `${OUT}/${name}-model.onnx` });
const FITS = {
  // The embedded detector's network. Its own score, Mahalanobis and the energy, is not what
  // benches/runtimes/she.js computes.
  digits: { file: "models/digits-model.onnx", layers: ["dense_relu"], shape: [1, 28, 28] },
  mlp: {
    file: "models/mnist-mlp.onnx",
    layers: ["dense", "dense_1"],
    shape: [28, 28, 1],
  },
  "resnet-20": {
    file: "models/cifar10-model.onnx",
    layers: [...stages, "pooled"],
    shape: [3, 32, 32],
  },
  tabular: { ...made("tabular"), layers: ["dense0_relu", "dense1_relu"], shape: [20] },
  mobilenet: { ...made("mobilenet"), layers: ["features"], shape: [3, 224, 224] },
  efficientnet: { ...made("efficientnet"), layers: ["features"], shape: [3, 224, 224] },
  vit: { ...made("vit"), layers: ["features"], shape: [3, 224, 224] },
};

async function fitted({ file, layers, shape }) {
  const model = readFileSync(file);
  const samples = Array.from({ length: COUNT }, (_, i) => noise(shape, i + 1));
  const labels = await predictions(model, samples);
  const fitter = await Fitter.create(model, { layers, holdOut: 0.5 });
  for (const [i, sample] of samples.entries()) fitter.push(sample, labels[i]);
  return fitter.finish();
}

/** The class that the model predicts for each sample. */
async function predictions(model, samples) {
  const runner = await Model.load(model);
  return samples
    .map((sample) => runner.logits(sample))
    .map((logits) => logits.indexOf(Math.max(...logits)));
}

const chosen = process.argv.slice(2);
for (const [name, fit] of Object.entries(FITS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  const detector = await fitted(fit);
  writeFileSync(`${OUT}/${name}.onnx`, detector.toBytes());
  detector.dispose();
  execFileSync(PYTHON, ["benches/peers.py", `${OUT}/${name}`]);
}
