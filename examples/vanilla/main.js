import { Detector, decode } from "she-ood";

const input = document.querySelector("input");
const output = document.querySelector("output");

function words({ verdict, predicted }) {
  const known = `It is a ${predicted.label}.`;
  return { known, unsure: "I am not sure.", unknown: "I have never seen such a thing." }[verdict];
}

try {
  const detector = await Detector.embedded(); // or: await Detector.load("/my-detector.onnx")
  output.value = "Choose a picture.";
  input.onchange = async () => {
    try {
      output.value = words(detector.score(await decode(input.files[0])));
    } catch (error) {
      output.value = error.message;
    }
  };
} catch (error) {
  output.value = error.message;
}
