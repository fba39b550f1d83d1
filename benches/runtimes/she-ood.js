// The package on the page's own thread.
import { Detector } from "../../pkg/index.js";

export async function open({ detector: file }) {
  const detector = await Detector.load(file);
  return {
    score: (input) => detector.score(input).score,
    /** Milliseconds in the classifier, and in all that comes after it. */
    timings: (input) => detector.score(input).timings,
    batch: async (data) => Array.from((await detector.scoreBatch(data)).scores),
  };
}
