import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const [classes, settings, result, accuracy, classifier, tree, errors] = await Promise.all(
  [
    "own-model/classes",
    "own-model/settings",
    "own-model/result",
    "own-model/accuracy",
    "own-model/classifier",
    "shared/tree",
    "own-model/errors",
  ].map((name) => load(`www/${name}.ts`)),
);

const folders = [
  { name: "cat", files: [] },
  { name: "dog", files: [] },
];

test("each class needs an output of its own, within those of the model", () => {
  const { faultOf } = classes;
  assert.equal(faultOf(folders, [1, 0], 2), "");
  assert.match(faultOf(folders, [0, 0], 2), /cat and dog are both output 0/);
  for (const wrong of [-1, 2, 0.5, NaN])
    assert.match(
      faultOf(folders, [wrong, 0], 2),
      /output of cat must be a whole number from 0 to 1/,
    );
  assert.match(faultOf(folders, [0, 1], 1), /2 folders, but the model has 1 output/);
});

test("outputs without a folder are named by their number", () => {
  assert.deepEqual(classes.labelsOf(folders, [2, 0], 3), ["dog", "output 1", "cat"]);
});

test("a threshold needs enough held-out pictures for its pass rate", () => {
  // The conformal quantile: n pictures give a finite threshold if rate * (n + 1) <= n.
  for (const rate of [0.5, 0.8, 0.9, 0.95, 0.99]) {
    let needed = 1;
    while (Math.round(1e9 * rate * (needed + 1)) > 1e9 * needed) needed++;
    assert.equal(settings.fewest(rate), needed, `${rate}`);
  }
  const set = [{ files: Array(50) }, { files: Array(50) }];
  const few = settings.outlook(set, { holdOut: 0.1, idPassRate: 0.95 });
  assert.equal(few.enough, false);
  assert.match(few.words, /^Only 10 pictures .* 95% needs at least 19 held-out pictures/);
  assert.equal(settings.outlook(set, { holdOut: 0.2, idPassRate: 0.95 }).enough, true);
});

const answer = (mostly, times, total, right) => ({ mostly, times, total, right });

test("another order of classes is offered where the answers are clear", () => {
  const turned = [answer(1, 8, 10, 0), answer(0, 9, 10, 0)];
  assert.deepEqual(result.otherOrder({ outputs: [0, 1], answers: turned }), [1, 0]);
  assert.equal(result.otherOrder({ outputs: [1, 0], answers: turned }), undefined);
  const unclear = [answer(1, 5, 10, 0), answer(0, 9, 10, 0)];
  assert.equal(result.otherOrder({ outputs: [0, 1], answers: unclear }), undefined);
  const both = [answer(0, 9, 10, 9), answer(0, 9, 10, 0)];
  assert.equal(result.otherOrder({ outputs: [0, 1], answers: both }), undefined);
});

test("the accuracy is that of all pictures together", () => {
  assert.equal(accuracy.accuracyOf([answer(0, 3, 4, 3), answer(1, 0, 1, 0)]), 0.6);
  assert.equal(accuracy.accuracyOf([]), 0);
});

test("of many pictures some from all over are looked at", () => {
  const pictures = Array.from({ length: 1200 }, (_, i) => i);
  const looked = accuracy.pickSpread(pictures);
  assert.deepEqual([looked.length, looked[0], looked.at(-1)], [600, 0, 1198]);
  assert.deepEqual(accuracy.pickSpread([7, 8]), [7, 8]);
});

test("shapes are written with times signs", () => {
  assert.equal(classifier.shapeInWords([3, 32, 32]), "3 × 32 × 32");
});

test("chosen files keep their folders", () => {
  const inside = { webkitRelativePath: "set/cat/1.png", name: "1.png" };
  const alone = { webkitRelativePath: "", name: "2.png" };
  assert.deepEqual(
    tree.chosenFiles([inside, alone]).map(({ path }) => path),
    ["set/cat/1.png", "2.png"],
  );
});

test("an error is told in plain words, with its message and code", () => {
  const error = Object.assign(new Error("no pixels"), { code: "image-size" });
  assert.equal(errors.explainError(error), "The picture has no pixels. No pixels (image-size)");
  const unknown = Object.assign(new Error("odd"), { code: "new-code" });
  assert.equal(errors.explainError(unknown), "Odd (new-code)");
  assert.deepEqual(
    [errors.explainError(new Error("plain")), errors.explainError(3)],
    ["plain", "3"],
  );
});
