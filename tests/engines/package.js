// Scores the same samples with each entry of the package, for engines.test.js.
import { PIXELS, VALUES } from "./samples.js";

async function scoresOf(entry, options) {
  const { Detector } = await import(`/pkg/${entry}.js`);
  const detector = await Detector.embedded(options);
  const context = new OffscreenCanvas(PIXELS.width, PIXELS.height).getContext("2d");
  context.putImageData(new ImageData(PIXELS.data, PIXELS.width), 0, 0);
  const inputs = [VALUES, PIXELS, context.canvas];
  const reports = [];
  for (const input of inputs) reports.push(await detector.score(input));
  detector.dispose();
  return reports.map(({ score, pValue }) => [score, pValue]);
}

async function scoresOfAll() {
  const scores = {};
  for (const entry of ["index", "inline"]) scores[entry] = await scoresOf(entry);
  scores.worker = await scoresOf("worker", { workers: 1 });
  return scores;
}

globalThis.scores = scoresOfAll();
