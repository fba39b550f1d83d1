// Runs one model of the zoo in WebAssembly and prints what it found as JSON.
//
//     node tools/zoo/web.js JOB.json
//
// The job names the model, the detector that the command line fitted, the samples as 32-bit floats,
// their labels, and the options of the model.
import { readFileSync } from "node:fs";
import { Detector, Fitter, Model } from "../../pkg/index.js";

const job = JSON.parse(readFileSync(process.argv[2], "utf8"));
const read = (path) => new Uint8Array(readFileSync(path));
const values = new Float32Array(read(job.samples).buffer);
const size = values.length / job.labels.length;
const samples = job.labels.map((_, i) => values.subarray(i * size, (i + 1) * size));
const options = {
  ...job.options,
  ...(job.externalData && { externalData: read(job.externalData) }),
};

/** What `work` returns, and how long it took in milliseconds. */
async function timed(work) {
  const start = performance.now();
  return [await work(), performance.now() - start];
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];

async function fitted() {
  const fitter = await Fitter.create(read(job.model), { ...options, holdOut: 0.34 });
  for (const [i, sample] of samples.entries()) fitter.push(sample, job.labels[i]);
  const detector = await fitter.finish();
  return detector.info.layers[0].name;
}

(await Detector.embedded()).dispose();
const whole = await Model.load(read(job.model), options);
const layer = whole.defaultLayer;
const tapped = { ...options, layers: [layer] };
const [model, load] = await timed(() => Model.load(read(job.model), tapped));
const found = samples.map((sample) => model.features(sample));
model.dispose();
const [detector, detectorLoad] = await timed(() => Detector.load(read(job.detector)));
const runs = [];
for (const sample of samples) runs.push(await timed(() => detector.score(sample)));
const detected = samples.map((sample) => detector.features(sample));
const named = await fitted();
console.log(
  JSON.stringify({
    layer: named,
    load,
    detectorLoad,
    score: median(runs.map(([, time]) => time)),
    scores: runs.map(([report]) => report.score),
    logits: found.map(({ logits }) => [...logits]),
    outputs: detector.info.outputs,
    detectorLogits: detected.map(({ logits }) => [...logits]),
    features: found.map(({ layers }) => [...layers[0].features]),
  }),
);
