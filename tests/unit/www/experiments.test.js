import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const [decision, settings, histogram, summary] = await Promise.all(
  ["decision", "settings", "histogram", "summary"].map((name) =>
    load(`www/experiments/${name}.ts`),
  ),
);

test("a score is flagged above the threshold, not at it", () => {
  assert.deepEqual(decision.decide([1, 2, 3, 4], [3, 4, 5, 6], 3), {
    truePositives: 3,
    falsePositives: 1,
    trueNegatives: 3,
    falseNegatives: 1,
    fpr: 0.25,
    tpr: 0.75,
    precision: 0.75,
    accuracy: 0.75,
  });
  assert.equal(decision.decide([1], [2], 2).precision, null);
});

test("a threshold lets the rate of ID scores pass, and is the lowest that does", () => {
  const scores = [5, 1, 4, 2, 3];
  for (const [rate, threshold] of [
    [0.2, 1],
    [0.5, 3],
    [0.8, 4],
    [1, 5],
  ])
    assert.equal(decision.thresholdAt(scores, rate), threshold);
  assert.throws(() => decision.thresholdAt([], 0.95), RangeError);
});

test("settings come back by their address; unknown values fall back to the defaults", () => {
  const fit = { preset: "paper", layers: ["a", "b"], similarity: "cosine", aggregator: "sum" };
  for (const chosen of [
    { experiment: "objects-mnist", fit, score: "energy" },
    { experiment: "digits-digits", fit: undefined, score: "she" },
    { experiment: "digits-fashion", fit: { preset: "oodeel", layers: [] }, score: "maxLogit" },
  ])
    assert.deepEqual(settings.fromHash(settings.toHash(chosen)), chosen);
  const defaults = { experiment: "digits-digits", fit: undefined, score: "she" };
  for (const hash of ["", "#experiment=x&preset=y&score=z", "#experiment=toString"])
    assert.deepEqual(settings.fromHash(hash), defaults);
});

test("the axis of a histogram holds all scores and the threshold, with a margin of 2 %", () => {
  assert.deepEqual(histogram.domainOf({ id: [1, 2], ood: [3], threshold: 101 }), [-1, 103]);
  assert.deepEqual(histogram.domainOf({ id: [2], ood: [2], threshold: 2 }), [1.5, 2.5]);
});

test("settings and results in a sentence", () => {
  const { describeSettings, summarize } = summary;
  assert.equal(
    describeSettings({ experiment: "digits-digits", fit: undefined }),
    "MNIST 0–4 against MNIST 5–9, detector as shipped",
  );
  assert.equal(
    describeSettings({
      experiment: "objects-mnist",
      fit: { preset: "paper", layers: ["a", "b"], aggregator: "sum" },
    }),
    "CIFAR-10 against MNIST, fitted here: preset paper, 2 layers, sum",
  );
  const figures = { she: 0.9749, he: 0.5, msp: 1, maxLogit: 0.99999, energy: 0 };
  const evaluations = Object.entries(figures).map(([name, auroc]) => [name, { auroc }]);
  assert.equal(
    summarize({ samples: Array(2000) }, Object.fromEntries(evaluations)),
    "AUROC on 2,000 pictures: SHE 0.975, HE 0.500, MSP 1.000, Max logit > 0.999, Energy 0.000.",
  );
});
