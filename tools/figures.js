// The tables of README.md: the embedded detector on the test files, against each of its rivals.
//
//     make figures
import { FASHION, json, MNIST_KNOWN, MNIST_UNKNOWN, percent, table } from "./command.js";

const DETECTOR = "models/digits.onnx";
const { id, ood } = json(
  "eval",
  DETECTOR,
  "--id",
  MNIST_KNOWN,
  "--ood",
  MNIST_UNKNOWN,
  "--ood",
  FASHION,
);
console.log(
  table(
    ["digits 0-4, test", ""],
    [
      ["images", id.samples],
      ["accuracy", percent(id.correct, id.samples)],
      ["pass as in-distribution (aim 95 %)", percent(id.samples - id.flagged, id.samples)],
    ],
  ),
);

const rows = ood.flatMap(({ data, samples, flagged, scores }) =>
  scores
    .filter(({ score }) => !score.startsWith("SHE"))
    .map(({ score, auroc, fprIdAtTpr95Ood, fprOodAtTpr95Id }, i) => [
      data,
      score,
      ...[auroc, fprIdAtTpr95Ood, fprOodAtTpr95Id].map((value) => value.toFixed(4)),
      i === 0 ? percent(flagged, samples) : "–",
    ]),
);
const heads = ["against", "score", "AUROC", "FPR95, OOD positive", "FPR95, ID positive", "flagged"];
console.log(`\n${table(heads, rows)}`);
