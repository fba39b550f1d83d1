// Writes the detector, and its model with the layers that it compares as further outputs. For your
// own detector: she-ood export my-detector.onnx --taps -o public/tapped.onnx
import { mkdirSync, writeFileSync } from "node:fs";
import { Detector } from "she-ood";

const detector = await Detector.embedded();
mkdirSync("public", { recursive: true });
writeFileSync("public/detector.onnx", detector.toBytes());
writeFileSync("public/tapped.onnx", detector.toOnnx({ taps: true }));
