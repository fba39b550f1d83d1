// The package in workers, one for each core.
import { Detector } from "../../pkg/worker.js";

export async function open({ detector: file }) {
  const detector = await Detector.load(file);
  return {
    score: async (input) => (await detector.score(input)).score,
    batch: async (data) => Array.from((await detector.scoreBatch(data)).scores),
  };
}
