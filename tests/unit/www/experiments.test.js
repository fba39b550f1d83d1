import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const [decision, settings, histogram, summary, pairs, gallery, words, comparison, loading] =
  await Promise.all(
    [
      "experiments/decision",
      "experiments/settings",
      "experiments/histogram",
      "experiments/summary",
      "experiments/pairs",
      "experiments/gallery",
      "experiments/words",
      "experiments/comparison",
      "shared/loading",
    ].map((name) => load(`www/${name}.ts`)),
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
  const defaults = { experiment: "objects-houses", fit: undefined, score: "she" };
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

test("a run says what it is of and that it was made here", () => {
  const samples = [{ side: "id" }, { side: "ood" }, { side: "ood" }];
  const run = { settings: { experiment: "objects-houses" }, samples, duration: 1234 };
  assert.equal(
    summary.describeRun({ ...run, brief: true }),
    "CIFAR-10 against house numbers, detector as shipped: the first 1 + 2 pictures, " +
      "scored on this device just now in 1.2\u00a0s.",
  );
  assert.match(summary.describeRun({ ...run, brief: false }), /shipped: 1 \+ 2 pictures, scored/);
});

test("an AUROC is rounded down to pairs of 100, and is 100 only if all are won", () => {
  for (const all of [1, 7, 100, 1000, 10_000, 400_000, 1_000_000])
    for (const part of [0, 1e-6, 0.07, 0.29, 1 / 3, 0.57, 0.9999999, 1]) {
      const halves = Math.floor(2 * all * part);
      const exact = Number((100n * BigInt(halves)) / BigInt(2 * all));
      assert.equal(pairs.pairsOf100(halves / 2 / all), exact, `${halves} halves of ${all}`);
    }
  assert.equal(pairs.headline(0.9749), "In 97 of 100 pairs the stranger gets the higher score");
  assert.equal(pairs.headline(1 - 1e-6), "In 99 of 100 pairs the stranger gets the higher score");
  assert.equal(pairs.headline(1), "In every pair the stranger gets the higher score");
});

test("a page whose score is no better than plain confidence says so", () => {
  assert.equal(pairs.concession(0.98, 0.97), "");
  assert.match(pairs.concession(0.97, 0.97), /as well/);
  assert.match(pairs.concession(0.97, 0.98), /better/);
});

const sample = (side, she, isOod, probability = 0.5, label = "cat") => ({
  side,
  label,
  scores: { she },
  report: { isOod, predicted: { index: 0, label: "cat", probability } },
});

test("rows hold the surest catches, the least strange misses, the strangest false alarms", () => {
  const samples = [
    sample("id", 1, false),
    sample("id", 9, true),
    sample("id", 8, true),
    sample("ood", 7, true, 0.6),
    sample("ood", 6, true, 0.9),
    sample("ood", 3, false),
    sample("ood", 2, false),
  ];
  const { catches, misses, alarms } = gallery.pick(samples);
  const scores = (row) => row.map(({ scores }) => scores.she);
  assert.deepEqual([catches, misses, alarms].map(scores), [
    [6, 7],
    [2, 3],
    [9, 8],
  ]);
  assert.deepEqual(gallery.flaggedOf(samples, "ood"), [2, 4]);
  const many = Array.from({ length: 20 }, (_, i) => sample("ood", i, true, i / 20));
  assert.deepEqual(scores(gallery.pick(many).catches), [19, 18, 17, 16, 15, 14]);
});

test("a score's rank counts lower scores of other known pictures", () => {
  const known = [1, 2, 2, 4].map((she) => sample("id", she, false));
  const rank = (she) => gallery.rankInWords(sample("ood", she, true), known);
  assert.deepEqual([0, 2, 3, 5].map(rank), ["none of 4", "1 of 4", "3 of 4", "all 4"]);
  assert.equal(gallery.rankInWords(known[3], known), "all 3");
  assert.equal(gallery.rankInWords(known[0], known), "none of 3");
});

test("how sure a classifier is, is rounded down and never 100 %", () => {
  for (const [probability, expected] of [
    [0.5, "50"],
    [0.99, "99"],
    [0.9899, "98"],
    [0.57, "57"],
    [0.999, "99"],
    [0.9995, "more than 99.9"],
    [1, "more than 99.9"],
  ])
    assert.equal(words.sureness(probability), `${expected}%`);
});

test("the contrast names the stranger as people do", () => {
  const said = (experiment, label) =>
    words.contrast({ ...sample("ood", 0, true, 0.876), label }, experiment);
  assert.equal(
    said("objects-houses", "7"),
    "The classifier is 87% sure that this house number is a cat.",
  );
  assert.match(said("digits-digits", "7"), /that this 7 is a cat/);
  assert.match(said("objects-fashion", "trousers"), /that this piece of clothing is a cat/);
});

test("a stranger is rightly unknown, a known picture rightly its class", () => {
  const labels = ["cat", "dog"];
  const right = (side, verdict, set = null, predicted = { label: "cat" }) =>
    comparison.isRight({ side, label: "cat", report: { verdict, set, predicted } }, labels);
  assert.deepEqual(
    ["known", "unsure", "unknown"].map((verdict) => right("ood", verdict, [0])),
    [false, false, true],
  );
  assert.deepEqual(
    ["known", "unsure", "unknown"].map((verdict) => right("id", verdict, [1, 0])),
    [true, true, false],
  );
  assert.equal(right("id", "known", [1], { label: "dog" }), false);
  assert.equal(right("id", "unsure", [1]), false);
  assert.equal(right("id", "unsure"), false);
});

test("bytes are told in kilobytes, with the whole where it is known", () => {
  assert.equal(loading.bytesInWords(120_001, 1_669_096), "121 kB of 1,670 kB");
  assert.equal(loading.bytesInWords(0), "0 kB");
});
