// How often the shipped detectors let strangers pass and flag what they know, on whole test files:
// www/try/rates.json, by which the page owns its mistakes.
//
//     make rates STRANGERS=FOLDER
//
// FOLDER holds scribbles28.npz and imagenet_half32.npz, which are in no registry.
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { FASHION, json, MNIST_KNOWN, MNIST_UNKNOWN } from "./command.js";

const FOLDER = process.env.STRANGERS;
if (!FOLDER) throw new Error("say where the strangers are: make rates STRANGERS=FOLDER");

const CIFAR = "data/cifar10/test-images-idx4-ubyte:data/cifar10/test-labels-idx1-ubyte";
const MNIST = "data/mnist/t10k-images-idx3-ubyte:data/mnist/t10k-labels-idx1-ubyte";

/** The photos of none of CIFAR-10's ten classes. */
function otherPhotos() {
  const file = "target/rates-other.npz";
  mkdirSync("target", { recursive: true });
  const code = `import numpy, sys
photos = numpy.load(sys.argv[1])
numpy.savez(sys.argv[2], x=photos["x"][photos["cifar10"] == -1])`;
  const source = `${FOLDER}/imagenet_half32.npz`;
  execFileSync(".tools/python-test/bin/python", ["-c", code, source, file]);
  return file;
}

const rate = ({ flagged, samples }) => ({ samples, flagged });

/** The rates of a detector on what it knows and on strangers, by the page's name of each group. */
function rates(detector, known, strangers) {
  const sets = Object.values(strangers).flatMap((set) => ["--ood", set]);
  const { id, ood } = json("eval", detector, "--id", known, ...sets);
  const groups = Object.keys(strangers).map((group, i) => [group, rate(ood[i])]);
  return { wrong: id.labelled - id.correct, known: rate(id), ...Object.fromEntries(groups) };
}

const measured = {
  digits: rates("models/digits.onnx", MNIST_KNOWN, {
    digits: MNIST_UNKNOWN,
    clothes: FASHION,
    own: `${FOLDER}/scribbles28.npz`,
  }),
  objects: rates("models/cifar10.onnx", CIFAR, {
    clothes: FASHION,
    digits: MNIST,
    own: otherPhotos(),
  }),
};
writeFileSync("www/try/rates.json", `${JSON.stringify(measured, null, 2)}\n`);
console.log(measured);
