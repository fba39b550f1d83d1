import { useState } from "react";
import { Detector } from "she-ood/worker";

// One for all components, off the main thread. Yours: Detector.load("/my-detector.onnx")
const loading = Detector.embedded({ workers: 1 });

function words({ verdict, predicted }) {
  const known = `It is a ${predicted.label}.`;
  return { known, unsure: "I am not sure.", unknown: "I have never seen such a thing." }[verdict];
}

export function Judge() {
  const [answer, setAnswer] = useState("Choose a picture.");
  async function judge({ target }) {
    setAnswer("One moment…");
    try {
      const detector = await loading;
      setAnswer(words(await detector.score(target.files[0])));
    } catch (error) {
      setAnswer(error.message);
    }
  }
  return (
    <main>
      <h1>Does it know this digit?</h1>
      <p>The detector knows handwritten digits from 0 to 4.</p>
      <label>
        Picture of a digit <input type="file" accept="image/*" onChange={judge} />
      </label>
      <p>
        <output>{answer}</output>
      </p>
    </main>
  );
}
