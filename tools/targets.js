// Measures the shipped detectors on pictures of other sources, beside what they aim at.
//
//     make targets STRANGERS=FOLDER
//
// FOLDER holds .npz files that are in no registry: imagenet_half32.npz (photos with the class of
// CIFAR-10 that they show, or -1), svhn_test_first10000.npz, dtd10_crops32.npz, scribbles28.npz and
// fonts28.npz. The rows of an absent file are skipped.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, statSync } from "node:fs";
import { FASHION, json, MNIST_KNOWN, MNIST_UNKNOWN, table } from "./command.js";

const FOLDER = process.env.STRANGERS ?? "";
const [DIGITS, OBJECTS] = ["models/digits.onnx", "models/cifar10.onnx"];
const CIFAR_TEST =
  "data/cifar10/test-images-idx4-ubyte:data/cifar10/test-labels-idx1-ubyte:name=CIFAR-10";
const [KNOWN_PHOTOS, OTHER_PHOTOS] = ["target/targets/known.npz", "target/targets/other.npz"];

const file = (name) => `${FOLDER}/${name}`;
const atLeast = (name, measured, target) => ({ name, measured, target, missed: target - measured });
const atMost = (name, measured, target) => ({ name, measured, target, missed: measured - target });
const share = ({ flagged, samples }) => flagged / samples;

/** The rows that a file allows, or none and a line that says so. */
function given(name, rows) {
  if (existsSync(file(name))) return rows(file(name));
  console.log(`SKIPPED: ${name}, as there is no file ${file(name)}`);
  return [];
}

/** One detector on known and strange data. */
function measured(detector, id, ood) {
  const found = json("eval", detector, "--id", id, "--ood", ood);
  const [strange] = found.ood;
  const [{ auroc, fprOodAtTpr95Id }] = strange.scores;
  return { auroc, fpr95: fprOodAtTpr95Id, known: found.id, strange };
}

/** Writes the photos of the ten classes and those of other things to a file each. */
function divide(source) {
  mkdirSync("target/targets", { recursive: true });
  const code = `import numpy, sys
photos = numpy.load(sys.argv[1])
x, y = photos["x"], photos["cifar10"].astype(int)
numpy.savez(sys.argv[2], x=x[y >= 0], y=y[y >= 0])
numpy.savez(sys.argv[3], x=x[y == -1])`;
  const python = ".tools/python-test/bin/python";
  execFileSync(python, ["-c", code, source, KNOWN_PHOTOS, OTHER_PHOTOS]);
}

function photos(source) {
  divide(source);
  const other = measured(OBJECTS, CIFAR_TEST, OTHER_PHOTOS);
  const known = measured(OBJECTS, KNOWN_PHOTOS, OTHER_PHOTOS);
  return [
    atLeast("objects: other photos, AUROC", other.auroc, 0.925),
    atMost("objects: other photos, FPR95 (ID positive)", other.fpr95, 0.38),
    atLeast("objects: known photos against other photos, AUROC", known.auroc, 0.8),
    { name: "objects: other photos flagged", measured: share(other.strange) },
    { name: "objects: known photos flagged", measured: share(known.known) },
  ];
}

function objects() {
  const against = (name, target) => (source) => {
    const { auroc, known } = measured(OBJECTS, CIFAR_TEST, source);
    return [
      atLeast(`objects: ${name}, AUROC`, auroc, target),
      { name: "objects: accuracy", measured: known.correct / known.labelled },
    ];
  };
  return [
    ...given("imagenet_half32.npz", photos),
    ...given("svhn_test_first10000.npz", against("SVHN", 0.99)),
    ...given("dtd10_crops32.npz", against("textures (DTD)", 0.978)).slice(0, 1),
    atMost("objects: size of the file, MB", statSync(OBJECTS).size / 1e6, 1.12),
  ];
}

function digits() {
  const unseen = measured(DIGITS, MNIST_KNOWN, MNIST_UNKNOWN);
  const strange = (source) => measured(DIGITS, MNIST_KNOWN, source).strange;
  const flagged = (source) => [
    atLeast("digits: scribbles and shapes flagged", share(strange(source)), 0.9),
  ];
  const alarms = (source) => [
    atMost("digits: font digits 0-4 flagged", share(strange(`${source}:keep=0,1,2,3,4`)), 0.2),
  ];
  return [
    { name: "digits: accuracy", measured: unseen.known.correct / unseen.known.labelled },
    atLeast("digits: 5-9, AUROC", unseen.auroc, 0.978),
    atLeast("digits: Fashion-MNIST, AUROC", measured(DIGITS, MNIST_KNOWN, FASHION).auroc, 0.992),
    ...given("scribbles28.npz", flagged),
    ...given("fonts28.npz", alarms),
    atMost("digits: MNIST's test files 0-4 flagged", share(unseen.known), 0.068),
  ];
}

const cells = ({ name, measured, target, missed }) => [
  name,
  measured.toFixed(4),
  target ?? "",
  missed > 0 ? `missed by ${missed.toFixed(4)}` : "",
];
const rows = [...objects(), ...digits()].map(cells);
console.log(table(["", "measured", "target", ""], rows));
