// Writes the detectors that the benchmarks compare to target/bench: the embedded one, and three
// that are fitted on noise, each labelled as the model answers it. Then what other runtimes need
// for the same scores.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Detector, Fitter, Model } from "../pkg/index.js";
import { noise } from "./shape.js";

const PYTHON = ".tools/python-test/bin/python";
const OUT = "target/bench";
/** Samples of a fit, half of them held out. */
const COUNT = 40;

const stages = ["stage1", "stage2", "stage3"].flatMap((stage) => [
  `${stage}_block3_conv2`,
  `${stage}_block3_relu2`,
]);
const FITS = {
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
  mobilenet: {
    file: `${OUT}/mobilenet-model.onnx`,
    layers: ["features"],
    shape: [3, 224, 224],
  },
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

mkdirSync(OUT, { recursive: true });
if (!existsSync(FITS.mobilenet.file))
  execFileSync(PYTHON, ["benches/mobilenet.py", FITS.mobilenet.file]);
const made = { digits: await Detector.embedded() };
for (const [name, fit] of Object.entries(FITS)) made[name] = await fitted(fit);
for (const [name, detector] of Object.entries(made)) {
  writeFileSync(`${OUT}/${name}.onnx`, detector.toBytes());
  execFileSync(PYTHON, ["benches/peers.py", `${OUT}/${name}`]);
}
