/** The code for what is on the page. */
import { INSTALL } from "../shared/install";
import type { NetworkName } from "./networks";

const LOAD: Record<NetworkName, string> = {
  digits: `// Knows the digits 0 to 4.
const detector = await Detector.embedded();`,
  objects: `// The file is models/cifar10.onnx in the repository.
const detector = await Detector.load("./cifar10.onnx");`,
};

const INPUT: Record<NetworkName, string> = {
  digits: `document.querySelector("canvas")`,
  objects: `document.querySelector("img")`,
};

/** Only a model with feature maps can say where its evidence lies. */
const EXPLAIN: Record<NetworkName, string> = {
  digits: "",
  objects: `
// Where the evidence lies, layer by layer:
const { layers } = detector.explain(${INPUT.objects});
`,
};

/** Writes a program that does what the page does. */
export function snippet(name: NetworkName): string {
  return `import { Detector, decode } from "she-ood"; // ${INSTALL}

${LOAD[name]}
// Also: a video, ImageData, ImageBitmap or await decode(file).
const report = detector.score(${INPUT[name]});

const { verdict, predicted, score, threshold, pValue } = report;
// The verdict: "known", "unsure" or "unknown".
console.log(verdict, predicted.label);
console.log(score, "against", threshold, "p =", pValue);
${EXPLAIN[name]}`;
}
