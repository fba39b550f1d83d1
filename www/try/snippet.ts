/** The code for what is on the page. */
import type { KindName } from "./networks";

const LOAD: Record<KindName, string> = {
  digits: `// Knows the digits 0 to 4.
const detector = await Detector.embedded();`,
  objects: `// This is models/cifar10.onnx of the repository.
const detector = await Detector.load("./cifar10.onnx");`,
};

const SHOW: Record<KindName, string> = {
  digits: `document.querySelector("canvas")`,
  objects: `document.querySelector("img")`,
};

/** Only a model with feature maps can say where its evidence lies. */
const EXPLAIN: Record<KindName, string> = {
  digits: "",
  objects: `
// Where the evidence lies, layer by layer:
const { layers } = detector.explain(${SHOW.objects});
`,
};

export function snippet(name: KindName): string {
  return `import { Detector } from "she-ood"; // npm install she-ood

${LOAD[name]}
// Or a video, ImageData, ImageBitmap; await it for a File.
const report = detector.score(${SHOW[name]});

const { isOod, predicted, score, threshold, pValue } = report;
console.log(isOod ? "unlike what it knows" : predicted.label);
console.log(score, "against", threshold, "p =", pValue);
${EXPLAIN[name]}`;
}
