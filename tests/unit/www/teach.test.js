import assert from "node:assert/strict";
import { test } from "node:test";
import { Monitor } from "she-ood/monitor";
import { load } from "../load.js";

const [labels, words, recorder, photos, errors, watching, lessons] = await Promise.all(
  ["labels", "verdict-words", "recorder", "photos", "camera-errors", "watch", "lesson"].map(
    (name) => load(`www/teach/${name}.ts`),
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
    `7 more examples before I can say "I haven't been taught this"`,
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
      `Score −0.500. Above −0.250 I say "I haven't been taught this".`,
  );
  assert.match(
    words.strangeness(report({ threshold: Infinity }), 1),
    /cannot say "I haven't been taught this"/,
  );
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

/** Has chance be the same in each run of a test. */
function seed(context) {
  let state = 1;
  context.mock.method(Math, "random", () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  });
}

/** Watches `seconds` of thirty frames a second, each scored by `score(second)`. */
async function watched(watch, [from, to], score) {
  let found;
  for (let frame = from * 30; frame < to * 30; frame++)
    found = await watch.take(score(frame / 30), 1e12 + (frame / 30) * 1000);
  return found;
}

test("a still scene whose light drifts is watched for an hour in peace", async (context) => {
  seed(context);
  // As much as the score of a photo moves when a camera's exposure does by 3 % in two minutes.
  const still = (second) => 0.25 * Math.sin(second / 19) + 0.4 * (Math.random() - 0.5);
  const watch = new watching.Watch(Monitor.create);
  assert.deepEqual(await watched(watch, [0, 5], still), { state: "learning", seen: 19 });
  const { state, since } = await watched(watch, [5, 3600], still);
  assert.equal(state, "watching");
  assert.ok(since - 1e12 >= 15_000 && since - 1e12 < 17_000, `${since - 1e12}`);
  watch.dispose();
});

test("half the light is noticed within seconds, and when it was", async (context) => {
  seed(context);
  for (const [shift, higher] of [
    [5, true],
    [-5, false],
    [100, true],
    [Number.POSITIVE_INFINITY, true],
  ]) {
    const watch = new watching.Watch(Monitor.create);
    await watched(watch, [0, 300], Math.random);
    const changed = await watched(watch, [300, 310], () => shift + Math.random());
    assert.deepEqual([changed.state, changed.higher], ["changed", higher], `${shift}`);
    assert.ok(Math.abs(changed.since - 1e12 - 300_000) <= 61_000, `${changed.since - 1e12}`);
    // It stays, whatever comes.
    assert.equal(await watched(watch, [310, 320], Math.random), changed);
    watch.dispose();
  }
});

test("what is said of a scene that is watched", () => {
  const since = new Date(2026, 0, 1, 12, 4);
  const says = (watched) => Object.values(watching.wordsOf(watched)).join(" ").trim();
  assert.match(says({ state: "learning", seen: 34 }), /Leave it as it is: 34 of 60$/);
  assert.match(says({ state: "watching", since }), /^Watching since 12:04.*Nothing has changed\.$/);
  for (const [higher, like] of [
    [true, "less"],
    [false, "more"],
  ])
    assert.match(
      says({ state: "changed", since, higher }),
      new RegExp(`^What you show me has changed, since about 12:04.* ${like} like`),
    );
});

test("unused classes are those without a name of their own, examples and pending photos", () => {
  const lesson = new lessons.Lesson({}, () => {});
  const [, named, taught, loading] = ["", "cat", "", ""].map((label) => lesson.addClass(label));
  taught.examples.push(1);
  loading.pending = 2;
  lesson.removeUnused();
  assert.deepEqual(lesson.classes, [named, taught, loading]);
});
