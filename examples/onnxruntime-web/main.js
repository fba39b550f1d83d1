import * as ort from "onnxruntime-web";
import { Scorer } from "she-ood/scorer";

const input = document.querySelector("input");
const output = document.querySelector("output");

/** The picture as the model takes it: 28 x 28, grey, 0 to 1. */
async function pixelsOf(file) {
  const context = new OffscreenCanvas(28, 28).getContext("2d");
  context.drawImage(await createImageBitmap(file), 0, 0, 28, 28);
  const { data } = context.getImageData(0, 0, 28, 28);
  return Float32Array.from({ length: 784 }, (_, i) => data[4 * i] / 255);
}

function words({ verdict, predicted }) {
  const known = `It is a ${predicted.label}.`;
  return { known, unsure: "I am not sure.", unknown: "I have never seen such a thing." }[verdict];
}

try {
  const session = await ort.InferenceSession.create("/tapped.onnx");
  const scorer = await Scorer.load("/detector.onnx");
  output.value = "Choose a picture.";
  input.onchange = async () => {
    try {
      const image = new ort.Tensor("float32", await pixelsOf(input.files[0]), [1, 1, 28, 28]);
      const layers = await session.run({ image });
      output.value = words(scorer.score({ logits: layers.logits, layers }));
    } catch (error) {
      output.value = error.message;
    }
  };
} catch (error) {
  output.value = error.message;
}
