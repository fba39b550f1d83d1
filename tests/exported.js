// Exported graphs in onnxruntime-web beside the detectors that they were exported from, for Node
// and for Chromium: `export.test.js` runs this in both.
const [FIRST, SECOND] = ["sequential/dense/Relu:0", "sequential/dense_1/Relu:0"];
const ONE = { layers: [SECOND] };
const BOTH = { layers: [FIRST, SECOND] };
const FEW = { compareWith: "predicted", minCount: 20 };

const SHIPPED = { digits: "models/digits.onnx", cifar10: "models/cifar10.onnx" };
const FITS = {
  inner: { ...ONE, similarity: "inner" },
  dot: { ...ONE, similarity: "dot" },
  cosine: { ...ONE, similarity: "cosine" },
  euclidean: { ...ONE, similarity: "euclidean" },
  mahalanobis: { ...ONE, similarity: "mahalanobis" },
  hopfield: { ...ONE, preset: "hopfield" },
  "hopfield by 20 a class": { ...BOTH, similarity: { hopfield: { beta: 0.01 } }, store: 20 },
  "euclidean by all": { ...ONE, similarity: "euclidean", store: "all" },
  std: { ...BOTH, similarity: "cosine", aggregator: "std" },
  sum: { ...BOTH, aggregator: "sum" },
  "mean, clipped": { ...BOTH, aggregator: "mean", react: 0.9 },
  fisher: { ...BOTH, aggregator: "fisher" },
  "fisher, predicted": { ...BOTH, aggregator: "fisher", ...FEW },
  predicted: { ...BOTH, ...FEW },
  "mahalanobis with energy": { ...BOTH, similarity: "mahalanobis", with: { energy: 0.5 } },
  "cosine with energy": { ...ONE, similarity: "cosine", with: "energy" },
  "by class": { ...BOTH, classConditional: true },
  "patterns classify": { ...ONE, classify: "patterns" },
};
export const NAMES = [...Object.keys(SHIPPED), ...Object.keys(FITS)];

/** A score this close to a calibration score is beyond what roundings tell apart. */
const CLOSE = 1e-5;
const BATCHES = [1, 64];

/** A number between 0 and 1 for each index, the same everywhere. */
function noise(length) {
  let state = 1;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

const joined = (...parts) => Float32Array.from(parts.flatMap((part) => [...part]));

/** Known digits, of which 60 calibrate and 240 make the patterns, others, and noise. */
function digits(golden) {
  const bytes = (name) => Uint8Array.from(atob(golden[name].base64), (c) => c.charCodeAt(0));
  const pixels = (name) => Float32Array.from(bytes(name), (pixel) => Math.fround(pixel / 255));
  const known = pixels("mini_images");
  const all = joined(known, pixels("images"), noise(64 * 784));
  return { known, labels: bytes("mini_labels"), all };
}

/** The pictures of a sheet as ResNet-20 takes them: channel by channel, normalised. */
export function tiles({ data, width }) {
  const [side, count] = [32, (width / 32) ** 2];
  const [mean, std] = [
    [0.4914, 0.4822, 0.4465],
    [0.247, 0.2435, 0.2616],
  ];
  return Float32Array.from({ length: count * 3 * side * side }, (_, i) => {
    const [tile, channel] = [Math.floor(i / 3072), Math.floor(i / 1024) % 3];
    const [row, column] = [Math.floor(tile / 16), tile % 16];
    const [y, x] = [Math.floor(i / side) % side, i % side];
    const pixel = (row * side + y) * width + column * side + x;
    return (data[4 * pixel + channel] / 255 - mean[channel]) / std[channel];
  });
}

async function fitted(she, model, { known, labels }, options) {
  const fitter = await she.Fitter.create(model, { holdOut: 0.2, ...options });
  await fitter.pushBatch(known, labels);
  const detector = await fitter.finish({ idPassRate: 0.9 });
  fitter.dispose();
  return detector;
}

/** The outputs of a graph by name, `batch` samples at a time. */
async function run(session, ort, data, shape, batch) {
  const size = shape.reduce((product, side) => product * side, 1);
  const found = Object.fromEntries(session.outputNames.map((name) => [name, []]));
  for (let at = 0; at < data.length / size; at += batch) {
    const part = data.subarray(at * size, (at + batch) * size);
    const input = new ort.Tensor("float32", part, [part.length / size, ...shape]);
    const outputs = await session.run({ [session.inputNames[0]]: input });
    for (const [name, { data }] of Object.entries(outputs)) found[name].push(...data);
  }
  return found;
}

/** Input changed in its last bits: a little more than a runtime's roundings change features. */
const changed = (data, factor) => data.map((value) => value * factor);
const FACTORS = [1 - 2 ** -22, 1 + 2 ** -22];

/**
 * Largest differences over all samples, and how many of them cannot be decided. `excess` is how
 * much further a score is than the detector's own scores of the same input, changed in its last
 * bits: between two fit scores that almost coincide, Fisher's method magnifies roundings.
 */
function difference(found, expected, neighbours, calibration) {
  const worst = { score: 0, excess: 0, pValue: 0, flips: 0, nearest: 0, undecided: 0 };
  for (const [i, score] of expected.scores.entries()) {
    const scale = Math.max(1, Math.abs(score));
    if (found.ood_score[i] !== score) {
      const off = Math.abs(found.ood_score[i] - score) / scale;
      const own = neighbours.map(({ scores }) => Math.abs(scores[i] - score) / scale);
      worst.score = Math.max(worst.score, off);
      worst.excess = Math.max(worst.excess, off - Math.max(...own));
    }
    worst.nearest += Number(found.nearest[i]) !== expected.nearest[i];
    const gaps = calibration.map((other) => (other === score ? 0 : Math.abs(other - score)));
    const gap = Math.min(...gaps);
    if (gap > 0 && gap < CLOSE * scale) worst.undecided++;
    else {
      const pValue = Math.abs(found.ood_p_value[i] - expected.pValues[i]);
      worst.pValue = Math.max(worst.pValue, pValue);
      worst.flips += Number(found.is_ood[i]) !== expected.isOod[i];
    }
  }
  return { ...worst, samples: expected.scores.length };
}

/**
 * The differences of one detector at each batch size. `read` gives the bytes of a file of the
 * project, `sheet` the pixels of `tests/data/cifar10.png`.
 */
export async function differences({ she, ort, read, sheet, name }) {
  const golden = JSON.parse(new TextDecoder().decode(await read("tests/data/golden.json")));
  const samples = digits(golden);
  const detector = SHIPPED[name]
    ? await she.Detector.load(await read(SHIPPED[name]))
    : await fitted(she, await read("tests/data/mnist_mlp_0-4.onnx"), samples, FITS[name]);
  const data = name === "cifar10" ? tiles(sheet) : samples.all;
  const expected = await detector.scoreBatch(data);
  const neighbours = [];
  for (const factor of FACTORS) neighbours.push(await detector.scoreBatch(changed(data, factor)));
  const session = await ort.InferenceSession.create(detector.toOnnx());
  const { inputShape } = detector.info;
  const found = [];
  for (const batch of BATCHES) {
    const outputs = await run(session, ort, data, inputShape, batch);
    found.push(difference(outputs, expected, neighbours, detector.calibration()));
  }
  await session.release();
  detector.dispose();
  return found;
}
