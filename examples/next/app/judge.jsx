"use client";
import { useEffect, useRef, useState } from "react";
import { Detector, decode } from "she-ood";

function words({ verdict, predicted }) {
  const known = `It is a ${predicted.label}.`;
  return { known, unsure: "I am not sure.", unknown: "I have never seen such a thing." }[verdict];
}

export function Judge() {
  const loading = useRef();
  const [answer, setAnswer] = useState("Loading…");
  // In an effect, so that the server does not load it, too.
  useEffect(() => {
    const detector = Detector.embedded(); // or Detector.load("/my-detector.onnx"), in public/
    loading.current = detector;
    detector.then(
      () => setAnswer("Choose a picture."),
      (error) => setAnswer(error.message),
    );
    return () => void detector.then((loaded) => loaded.dispose());
  }, []);
  async function judge({ target }) {
    setAnswer("One moment…");
    try {
      const detector = await loading.current;
      setAnswer(words(detector.score(await decode(target.files[0]))));
    } catch (error) {
      setAnswer(error.message);
    }
  }
  return (
    <>
      <label>
        Picture of a digit <input type="file" accept="image/*" onChange={judge} />
      </label>
      <p>
        <output>{answer}</output>
      </p>
    </>
  );
}
