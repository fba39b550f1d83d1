/** The code for what is on the page. */
import type { KindName } from "./kinds";

const LOAD: Record<KindName, string> = {
  digits: "const detector = await Detector.embedded(); // knows the digits 0 to 4",
  objects: `const detector = await Detector.load("./cifar10.onnx"); // models/cifar10.onnx of the repository`,
};

const SHOW: Record<KindName, string> = {
  digits: `document.querySelector("canvas")`,
  objects: `document.querySelector("img")`,
};

export function snippet(name: KindName): string {
  return `import { Detector } from "she-ood"; // npm install she-ood

${LOAD[name]}
const report = detector.score(${SHOW[name]}); // or a video, ImageData, ImageBitmap; await it for a File

console.log(report.isOod ? "unlike what it knows" : \`it is: \${report.predicted.label}\`);
console.log("score", report.score, "against", report.threshold, "p =", report.pValue);
const { layers } = detector.explain(${SHOW[name]}); // where the evidence lies
`;
}
