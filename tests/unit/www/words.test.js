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

const known = { labels: ["ant", "cat", "dog", "owl"], calibrationSize: 999, idPassRate: 0.95 };
const headlineOf = (...given) => words.headlineOf(report(...given), known);

test("a report's headline says what it means", () => {
  assert.deepEqual(headlineOf("known", 0.7, "ship", 0.9876), {
    state: "known",
    words: "It's a ship",
    detail: "Stranger than 30% of the 999 pictures it knows; the line is at 95%.",
  });
  assert.equal(headlineOf("known", 0.7, "airplane", 1).words, "It's an airplane");
  assert.deepEqual(headlineOf("unknown", 0.02, "cat", 1), {
    state: "unknown",
    words: "I don't know",
    detail: "Stranger than 98% of the 999 pictures it knows; the line is at 95%.",
  });
});

test("an unsure report names the classes that it may be", () => {
  const wordsOf = (set) => headlineOf("unsure", 0.7, "cat", 0.5, set).words;
  assert.equal(headlineOf("unsure", 0.7, "cat", 0.5, [1]).state, "unsure");
  assert.equal(wordsOf([1, 2]), "Perhaps a cat or a dog");
  assert.equal(wordsOf([1, 0, 3]), "Perhaps a cat, an ant or an owl");
  assert.equal(wordsOf([1, 0, 3, 2]), "One of 4 classes, perhaps a cat");
  assert.equal(wordsOf([]), "Perhaps a cat");
});

test("the classifier alone is sure, but never all", () => {
  const { answerOf } = words;
  assert.deepEqual(answerOf(report("unknown", 0.02, "owl", 1)), {
    words: "It's an owl",
    detail: "more than 99.9% sure",
  });
  assert.equal(answerOf(report("known", 0.7, "cat", 0.864)).detail, "86.4% sure");
});

test("how strange a picture is, rounded down: all only if it is", () => {
  // Of 2,000 known pictures so many are at least as strange: p = (1 + count) / 2001.
  const strangeness = (count) => words.strangeness({ pValue: (1 + count) / 2001 }, 2000);
  const of = (share) => `stranger than ${share} of the 2,000 pictures it knows`;
  assert.equal(strangeness(0), "stranger than all 2,000 pictures it knows");
  assert.equal(strangeness(1), of("99.9%"));
  assert.equal(strangeness(3), of("99.8%"));
  assert.equal(strangeness(20), of("99%"));
  assert.equal(strangeness(21), of("98%"));
  assert.equal(strangeness(1980), of("1%"));
  assert.equal(strangeness(1981), of("less than 1%"));
  assert.equal(strangeness(2000), "no stranger than any of the 2,000 pictures it knows");
  for (let count = 1; count <= 2000; count++) {
    assert.doesNotMatch(strangeness(count), /100/);
    assert.doesNotMatch(strangeness(count), /\b0%/);
  }
});

test("a share is rounded down, but not for the error of a division", () => {
  const { share } = words;
  assert.deepEqual(
    [share(1 - 0.95, 1), share(1 - 0.9, 1), share(0, 7), share(1, 3), share(999, 1000)],
    ["5%", "10%", "0%", "33%", "99.9%"],
  );
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

test("the article goes by the sound of a name", () => {
  const an = ["8", "18", "11", "80", "ant", "umbrella", "F", "X-ray", "hour", "S", "urn"];
  const a = ["1", "4", "110", "118", "T-shirt", "unicorn", "U", "one-way sign", "house", "user"];
  for (const name of an) assert.equal(words.withArticle(name), `an ${name}`);
  for (const name of a) assert.equal(words.withArticle(name), `a ${name}`);
});
