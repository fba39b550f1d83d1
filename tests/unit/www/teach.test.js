import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const [labels, words, recorder, photos, errors] = await Promise.all(
  ["labels", "verdict-words", "recorder", "photos", "camera-errors"].map((name) =>
    load(`www/teach/${name}.ts`),
  ),
);

test("labels that differ in case, blanks or composition are the same", () => {
  for (const other of ["mug", " MUG", "mug ", "Mug"]) assert.ok(labels.isSameLabel("mug", other));
  assert.ok(labels.isSameLabel("tea cup", "Tea \t cup"));
  assert.ok(labels.isSameLabel("caf\u00e9", "cafe\u0301"));
  assert.ok(!labels.isSameLabel("mug", "mugs"));
});

test("a label is at most sixty characters, none of which is cut in two", () => {
  assert.equal(labels.cleanLabel("  a \n b "), "a b");
  assert.equal([...labels.cleanLabel("🦝".repeat(100))].length, 60);
  assert.ok(labels.cleanLabel("🦝".repeat(100)).isWellFormed());
});

test("a new class has the first number that is free", () => {
  assert.equal(labels.freeLabel([]), "Class 1");
  assert.equal(labels.freeLabel(["class 1", "Class 3", "cat"]), "Class 2");
});

const report = (rest) => ({
  verdict: "known",
  predicted: { index: 1, label: "mug", probability: 0.9 },
  set: null,
  pValue: 0.1,
  score: -0.5,
  threshold: -0.25,
  ...rest,
});

test("verdicts in words", () => {
  const says = (rest, needed = 0) => {
    const { state, ...said } = words.verdictOf(report(rest), ["keys", "mug"], needed);
    return [state, ...Object.values(said)];
  };
  assert.deepEqual(says({}), ["known", "mug", "Matches your examples."]);
  assert.deepEqual(says({ verdict: "unknown" }), [
    "unknown",
    "I haven't been taught this",
    "Nearest: mug",
  ]);
  assert.deepEqual(says({ verdict: "unsure" }, 7), [
    "unsure",
    "mug?",
    `7 more examples before I can say "I don't know"`,
  ]);
  assert.match(says({ verdict: "unsure" }, 1)[2], /^1 more example before/);
  assert.equal(says({ verdict: "unsure", set: [1, 0] })[1], "mug or keys?");
  assert.equal(says({ verdict: "unsure", set: [] })[1], "mug?");
});

test("a verdict says what a mistake would be, and how often tests had it", () => {
  const says = (rest, examples) => words.mistakeOf(report(rest), examples);
  const missed = /never taught it, this is a miss.*10 photos.*one in 300.*mistook one in 65/;
  for (const verdict of ["known", "unsure"]) assert.match(says({ verdict }, 10), missed);
  assert.match(
    says({ verdict: "unknown" }, 12),
    /false alarm.*10 photos.*flagged one in 32; .*look alike\.$/,
  );
  for (const examples of [3, 9.5])
    assert.match(
      says({ verdict: "unknown" }, examples),
      /5 photos.*flagged one in 15; .*look alike\.$/,
    );
  assert.equal(says({ verdict: "unsure", threshold: Infinity }, 12), "");
});

test("how strange a picture is: a count, the p-value, and the rule", () => {
  assert.equal(
    words.strangeness(report({}), 19),
    "At least as strange when new: 1 of your 19 examples (p-value 0.100). " +
      `Score −0.500. Above −0.250 I say "I don't know".`,
  );
  assert.match(words.strangeness(report({ threshold: Infinity }), 1), /cannot say "I don't know"/);
});

/** A picture of one brightness. */
const picture = (level) => ({
  data: new Uint8ClampedArray(4 * 32 * 32).fill(level),
  width: 32,
  height: 32,
});

test("a held button takes frames that differ, some time apart", () => {
  const held = new recorder.Recorder();
  assert.equal(held.recorded, undefined);
  held.hold("mug");
  assert.equal(held.decide(picture(100), 0), "take");
  assert.equal(held.decide(picture(200), 10), "wait");
  assert.equal(held.decide(picture(101), 1000), "same");
  assert.equal(held.decide(picture(110), 1010), "take");
  held.release();
  assert.equal(held.recorded, undefined);
});

test("a press too short for a frame still takes one, unless the camera does not start", () => {
  const held = new recorder.Recorder();
  held.hold("mug");
  held.release();
  assert.equal(held.recorded, "mug");
  assert.equal(held.decide(picture(0), 0), "take");
  assert.equal(held.recorded, undefined);
  held.hold("mug");
  held.drop();
  assert.equal(held.recorded, undefined);
});

test("a folder is a class unless there are folders in it", async () => {
  const placed = (...paths) =>
    paths.map((path) => ({
      path,
      file: new File([Uint8Array.of(0xff, 0xd8, 0xff)], path.split("/").at(-1)),
    }));
  const classes = async (...paths) =>
    (await photos.classesIn(placed(...paths))).map(({ name, files }) => [name, files.length]);
  assert.deepEqual(await classes("things/cat/1.jpg", "things/mug/1.jpg", "things/mug/2.jpg"), [
    ["cat", 1],
    ["mug", 2],
  ]);
  assert.deepEqual(await classes("mugs/1.jpg", "mugs/2.jpg"), [["mugs", 2]]);
  assert.deepEqual(await classes("1.jpg", "2.jpg"), [["", 2]]);
});

test("why there is no camera, whatever is thrown", () => {
  for (const [name, said] of [
    ["NotAllowedError", /Camera blocked/],
    ["NotFoundError", /no camera/],
    ["SecurityError", /https/],
  ])
    assert.match(errors.explainCamera(new DOMException("", name)), said);
  assert.match(errors.explainCamera("broken"), /does not start: broken/);
});
