// SHE in JavaScript, as one would write it on top of a runtime: from the outputs of the tapped
// layers to the score.
import { volume } from "../shape.js";

/** A vector as it is; of a feature map, the mean of each channel. */
function pooled(values, from, size, channels) {
  const positions = size / channels;
  const features = new Float64Array(channels);
  for (let c = 0, i = from; c < channels; c++) {
    for (let p = 0; p < positions; p++) features[c] += values[i++];
    features[c] /= positions;
  }
  return features;
}

function similarity(kind, features, patterns, row) {
  let [dot, one, other] = [0, 0, 0];
  for (let d = 0, i = row * features.length; d < features.length; d++, i++) {
    dot += features[d] * patterns[i];
    one += features[d] ** 2;
    other += patterns[i] ** 2;
  }
  return kind === "cosine" ? dot / Math.sqrt(one * other) : dot / features.length;
}

/**
 * The score of one sample of a batch; `outputs` has the values of each tapped layer for the whole
 * batch.
 */
function score({ layers, similarity: kind, stds }, outputs, index, batch) {
  let sum = 0;
  layers.forEach(({ size, patterns }, l) => {
    const length = outputs[l].length / batch;
    const features = pooled(outputs[l], index * length, length, size);
    let best = -Infinity;
    for (let row = 0; row < patterns.length / size; row++)
      best = Math.max(best, similarity(kind, features, patterns, row));
    sum -= best / stds[l];
  });
  return sum / layers.length;
}

/**
 * Scores by a model: `run(data, count)` gives, or promises, the values of each tapped layer for so
 * many samples, of which a batch runs as many together as are fastest.
 */
export function scorer({ settings, shape, together }, run) {
  const size = volume(shape);
  const scores = async (data) => {
    const count = data.length / size;
    const outputs = await run(data, count);
    return Array.from({ length: count }, (_, i) => score(settings, outputs, i, count));
  };
  return {
    score: async (input) => (await scores(input))[0],
    async batch(data) {
      const all = [];
      for (let from = 0; from < data.length; from += together * size)
        all.push(...(await scores(data.slice(from, from + together * size))));
      return all;
    },
  };
}
