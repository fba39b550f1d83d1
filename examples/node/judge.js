#!/usr/bin/env node
// node judge.js PICTURE.png ...   exits with 1 if a picture is unknown, 2 for an error
import { readFileSync } from "node:fs";
import { PNG } from "pngjs";
import { Detector } from "she-ood";

try {
  // Your own: await Detector.load(readFileSync("my-detector.onnx"))
  const detector = await Detector.embedded();
  for (const path of process.argv.slice(2)) {
    const { data, width, height } = PNG.sync.read(readFileSync(path)); // RGBA
    const { verdict, predicted, pValue } = detector.score({ data, width, height });
    const label = verdict === "known" ? predicted.label : "-";
    console.log(`${path}\t${verdict}\t${label}\tp = ${pValue.toFixed(3)}`);
    if (verdict === "unknown") process.exitCode = 1;
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 2;
}
