import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const words = await load("www/shared/words.ts");

test("a fraction is all or nothing in words only if it is", () => {
  const { percent, fraction, probability } = words;
  assert.deepEqual([0, 0.5, 1].map(percent), ["0.0%", "50.0%", "100.0%"]);
  assert.deepEqual([0, 0.5, 1].map(fraction), ["0.000", "0.500", "1.000"]);
  assert.deepEqual([0.001, 0.0123, 0.999].map(percent), ["0.1%", "1.2%", "99.9%"]);
  for (let digits = 1; digits < 320; digits++) {
    const [little, nearly] = [10 ** -digits, 1 - 10 ** -digits];
    assert.doesNotMatch(percent(little), /^0\.0%$/);
    assert.doesNotMatch(fraction(little), /^0\.000$/);
    if (nearly === 1) continue;
    assert.notEqual(percent(nearly), "100.0%");
    assert.notEqual(fraction(nearly), "1.000");
  }
  assert.deepEqual([percent(5e-324), percent(1 - Number.EPSILON / 2)], ["< 0.1%", "> 99.9%"]);
  assert.deepEqual([fraction(5e-324), fraction(1 - Number.EPSILON / 2)], ["< 0.001", "> 0.999"]);
  // 5,999 of 6,000, and what float32 makes of a probability.
  assert.deepEqual(
    [percent(5999 / 6000), probability(Math.fround(1 - 1e-9)), probability(Math.fround(1e-60))],
    ["> 99.9%", "> 99.9%", "< 0.1%"],
  );
});

const report = (verdict, pValue, label, probability, set = null) => ({
  verdict,
  pValue,
  set,
  predicted: { index: 0, label, probability },
});

test("a report's headline says what it means", () => {
  const headlineOf = (report) => words.headlineOf(report, ["ant", "cat", "dog", "owl"]);
  assert.deepEqual(headlineOf(report("known", 0.7, "ship", 0.9876)), {
    state: "known",
    words: "Looks like a ship",
    detail: "In-distribution, and the classifier is 98.8% sure.",
  });
  assert.equal(headlineOf(report("known", 0.7, "airplane", 1)).words, "Looks like an airplane");
  assert.deepEqual(headlineOf(report("unknown", 0.02, "cat", 1)), {
    state: "unknown",
    words: "Unlike what it knows",
    detail: "Out-of-distribution, though the classifier says cat, > 99.9% sure.",
  });
  assert.equal(
    headlineOf(report("unknown", 0.004, "cat", 1, [1])).words,
    "Never seen anything like it",
  );
});

test("an unsure report names the classes that it may be", () => {
  const headlineOf = (set) =>
    words.headlineOf(report("unsure", 0.7, "cat", 0.5, set), ["ant", "cat", "dog", "owl"]);
  assert.deepEqual(headlineOf([1, 2]), {
    state: "unsure",
    words: "Perhaps a cat or a dog",
    detail: "In-distribution, but the classifier, 50.0% sure of cat, cannot rule out the rest.",
  });
  assert.equal(headlineOf([1, 0, 3]).words, "Perhaps a cat, an ant or an owl");
  assert.equal(headlineOf([1, 0, 3, 2]).words, "One of 4 classes, perhaps a cat");
  assert.deepEqual(headlineOf([]), {
    state: "unsure",
    words: "Perhaps a cat",
    detail: "In-distribution, but the classifier, 50.0% sure, is less sure than it usually is.",
  });
});

test("numbers for people", () => {
  const { count, decimal, messageOf, plural } = words;
  assert.deepEqual([0.12345, -2, Infinity, -Infinity].map(decimal), ["0.123", "−2.000", "∞", "−∞"]);
  assert.deepEqual([0, 1234567].map(count), ["0", "1,234,567"]);
  assert.deepEqual(
    [0, 1, 2000].map((number) => plural(number, "picture")),
    ["0 pictures", "1 picture", "2,000 pictures"],
  );
  assert.deepEqual([messageOf(new Error("no room")), messageOf("words")], ["no room", "words"]);
});
