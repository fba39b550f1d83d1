// The tables of README.md: the embedded detector on the test files, against each of its rivals.
//
//     make figures
import { FASHION, json, MNIST_KNOWN, MNIST_UNKNOWN, percent, table } from "./command.js";

const DETECTOR = "models/digits.onnx";
const SCORES = {
  inner: "SHE inner, dense_relu",
  cosine: "SHE cosine, dense_relu",
  euclidean: "SHE euclidean, dense_relu",
};

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
  [...Object.values(SCORES), "MSP", "max logit", "energy"].map((name) => {
    const found = scores.find(({ score }) => score === name);
    const own = name === SCORES.cosine;
    const figures = [found.auroc, found.fprIdAtTpr95Ood, found.fprOodAtTpr95Id].map((value) =>
      value.toFixed(4),
    );
    return [
      data,
      name.split(",")[0] + (own ? " (embedded)" : ""),
      ...figures,
      own ? percent(flagged, samples) : "–",
    ];
  }),
);
const heads = ["against", "score", "AUROC", "FPR95, OOD positive", "FPR95, ID positive", "flagged"];
console.log(`\n${table(heads, rows)}`);
