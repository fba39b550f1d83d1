import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const [
  classes,
  settings,
  result,
  accuracy,
  classifier,
  tree,
  errors,
  { sortIntake, modelOf, namedAsModel },
  labels,
  { adviceFor },
  strangers,
  { verdictOf, ofHundred },
  { accountsOf },
  { sortFolders },
] = await Promise.all(
  [
    "own-model/classes",
    "own-model/settings",
    "own-model/result",
    "own-model/accuracy",
    "own-model/classifier",
    "shared/tree",
    "own-model/errors",
    "own-model/intake",
    "own-model/labels",
    "own-model/foreign",
    "own-model/strangers",
    "own-model/verdict",
    "own-model/accounts",
    "shared/folders",
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
  const called = ["hound", "bird", "cat"];
  assert.deepEqual(classes.labelsOf(folders, [2, 0], 3, called), ["dog", "bird", "cat"]);
  // A folder that has the name of another output leaves that one its number.
  assert.deepEqual(classes.labelsOf(folders, [2, 0], 3, ["", "dog", ""]), [
    "dog",
    "output 1",
    "cat",
  ]);
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

const PNG = Uint8Array.from(Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"));
const WEIGHTS = Uint8Array.from([0, 0, 128, 63, 0, 0, 0, 64]);
const dropped = (...paths) =>
  paths.map((path) => {
    const data = path.endsWith(".png") ? PNG : /\.(txt|csv|json)$/.test(path) ? "text" : WEIGHTS;
    return { path, file: new File([data], path.split("/").at(-1)) };
  });

test("what comes together is sorted, in any order", async () => {
  const paths = [
    "bag/net.onnx",
    "bag/net.onnx.data",
    "bag/weights/w",
    "bag/labels.txt",
    "bag/preprocessor_config.json",
    "bag/notes.csv",
    "bag/photos/cat/1.png",
    "bag/photos/cat/deep/2.png",
    "bag/photos/dog/3.png",
    "bag/strangers/4.png",
  ];
  for (const order of [paths, [...paths].reverse()]) {
    const intake = await sortIntake(dropped(...order));
    const { model, externalData } = modelOf(intake);
    assert.equal(model.name, "net.onnx");
    assert.deepEqual(Object.keys(externalData).sort(), ["net.onnx.data", "weights/w"]);
    assert.deepEqual(
      [intake.labels.name, intake.config.name],
      ["labels.txt", "preprocessor_config.json"],
    );
    assert.deepEqual(
      intake.strangers.map(({ path }) => path),
      ["bag/strangers/4.png"],
    );
    const { classes, others } = await sortFolders(intake.rest);
    assert.deepEqual(
      classes.map(({ name, files }) => [name, files.length]),
      [
        ["cat", 2],
        ["dog", 1],
      ],
    );
    assert.deepEqual(others, [{ name: "text", arePictures: false, paths: ["bag/notes.csv"] }]);
  }
});

test("class folders are found beside a model, in its folder, and beside loose files", async () => {
  for (const paths of [
    ["net.onnx", "cat/1.png", "dog/2.png"],
    ["net.onnx", "set/cat/1.png", "set/dog/2.png"],
    ["set/net.onnx", "set/cat/1.png", "set/dog/2.png"],
    ["notes.txt", "set/cat/1.png", "set/dog/2.png"],
  ]) {
    const { classes } = await sortFolders((await sortIntake(dropped(...paths))).rest);
    assert.deepEqual(
      classes.map(({ name }) => name),
      ["cat", "dog"],
      paths.join(),
    );
  }
});

test("of several models none is taken, and what is chosen as a model is one", async () => {
  assert.equal(modelOf(await sortIntake(dropped("a.onnx", "b.onnx"))), undefined);
  assert.equal(modelOf(await sortIntake(dropped("net.onnx.data"))), undefined);
  const chosen = await sortIntake(namedAsModel(dropped("net")));
  assert.equal(modelOf(chosen).model.name, "net");
  const weights = await sortIntake(namedAsModel(dropped("net.data")));
  assert.deepEqual([weights.models.length, Object.keys(weights.weights)], [0, ["net.data"]]);
});

test("models of other libraries and packed files are told what to do with", () => {
  for (const [path, words] of [
    ["a/model.keras", /^model\.keras is a Keras model/],
    ["model.json", /TensorFlow\.js/],
    ["net.safetensors", /PyTorch/],
    ["net.tflite", /TensorFlow Lite/],
    ["set.tar.gz", /is packed/],
  ])
    assert.match(adviceFor(path), words);
  for (const path of ["net.onnx", "weights.bin", "metadata.json", "a/1.png"])
    assert.equal(adviceFor(path), undefined, path);
});

test("labels place the folders, and are refused where they do not fit", () => {
  assert.deepEqual(labels.parseLabels("0 cat\r\n1 big dog\n"), ["cat", "big dog"]);
  assert.deepEqual(labels.parseLabels("cat\n\n2 dogs\n"), ["cat", "2 dogs"]);
  const placed = (folders, outputs, names) => {
    const { places, isGuess } = labels.placeFolders(folders, outputs, names);
    return [...places, isGuess];
  };
  assert.deepEqual(placed(folders, 3, ["dog", "bird", "cat"]), [2, 0, false]);
  assert.deepEqual(placed(folders, 3, ["dog", "bird", "fish"]), [0, 1, true]);
  assert.deepEqual(placed(folders, 3, undefined), [0, 1, true]);
  assert.deepEqual(placed(folders, 2, undefined), [0, 1, false]);
  const wordnet = [{ name: "n02", files: [] }];
  assert.deepEqual(placed(wordnet, 2, ["n01 tench", "n02 shark"]), [1, false]);
  assert.deepEqual(placed([{ name: "7", files: [] }], 10, undefined), [7, false]);
  assert.equal(labels.labelsFault(["a", "b"], 2), "");
  assert.match(labels.labelsFault(["a"], 2), /names 1 classes and the model has 2/);
  assert.match(labels.labelsFault(["a", "a"], 2), /repeat/);
});

test("the classifier's confidence is cut where the wanted share of known pictures passes", () => {
  const known = Array.from({ length: 99 }, (_, i) => -1 + i / 100);
  const cut = strangers.confidenceCut([...known].reverse(), 0.95);
  // Of 99 and a new one, 95 of 100 are at or below it.
  assert.equal(known.filter((score) => score <= cut).length, 95);
  assert.equal(strangers.confidenceCut(known.slice(0, 18), 0.95), Infinity);
  assert.equal(strangers.confidenceCut(known.slice(0, 19), 0.95), known[18]);
  const seen = (isOod, msp) => ({ report: { isOod, score: msp, baselines: { msp } } });
  const some = [seen(true, -0.9), seen(false, -0.3), seen(false, -0.99)];
  assert.deepEqual(strangers.tallyOf(some, -0.5), { total: 3, detector: 1, classifier: 1 });
  assert.deepEqual(
    strangers.missesOf(some).map(({ report }) => report.score),
    [-0.99, -0.3],
  );
  for (const [path, truth] of [
    ["set/oak_tree/1.jpg", "oak tree"],
    ["set/1_oak.jpg", "1 oak"],
    ["oak.jpg", "oak"],
  ])
    assert.equal(strangers.truthOf(path), truth);
});

const fit = (changes = {}) => ({
  threshold: 1,
  idPassRate: 0.95,
  calibrationSize: 100,
  warnings: [],
  choice: { because: "criterion", samples: 250 },
  judgement: {
    works: true,
    sentence: "Usable. It flags 80 % of strangers.",
    samples: 250,
    strangers: [
      { kind: "shuffled", detector: 0.9, msp: 0.5, energy: 0.4 },
      { kind: "turned", detector: 0.7, msp: 0.3, energy: 0.4 },
    ],
  },
  samples: [450, 450],
  counts: [440, 445],
  ...changes,
});
const madeOf = (works, detector, msp) => ({
  judgement: {
    ...fit().judgement,
    works,
    strangers: [{ kind: "turned", detector, msp, energy: 0 }],
  },
});

test("the verdict says whether it works, beside the classifier alone", () => {
  const made = verdictOf(fit(), 0.98);
  assert.deepEqual([made.state, made.words, made.next], ["known", "It works", ""]);
  assert.match(made.detail, /^80 of 100 strangers .*alone it would be 40 of 100.*let 95 of 100/);
  const brought = verdictOf(fit(), 0.98, { total: 60, detector: 55, classifier: 20 });
  assert.match(brought.detail, /^55 of 60 strangers are flagged; .*would be 20, while/);
  assert.equal(brought.state, "known");
  // Too few to speak for others.
  const few = verdictOf(fit(), 0.98, { total: 19, detector: 0, classifier: 0 });
  assert.equal(few.detail, made.detail);
});

test("a detector that does not work is not praised, and what to do is said", () => {
  const cases = [
    [{ threshold: Infinity, calibrationSize: 5 }, "unknown", /Nothing is flagged/],
    [{ warnings: [{ code: "few-correct" }] }, "unknown", /gets many of these pictures wrong/],
    [madeOf(false, 0.08, 0.05), "unknown", /does not work/],
    [madeOf(false, 0.6, 0.8), "unsure", /own confidence does better/],
    [madeOf(false, 0.6, 0.5), "unsure", /Not better than the model itself/],
    [{ judgement: null }, "unsure", /Not proven yet/],
  ];
  for (const [changes, state, words] of cases) {
    const verdict = verdictOf(fit(changes), 0.98);
    assert.equal(verdict.state, state, verdict.words);
    assert.match(verdict.words, words);
    assert.notEqual(verdict.next, "");
  }
  for (const [detector, classifier, words] of [
    [6, 3, /does not work/],
    [60, 70, /own confidence does better/],
    [40, 41, /less than half/],
  ]) {
    const verdict = verdictOf(fit(), 0.98, { total: 100, detector, classifier });
    assert.match(verdict.words, words);
    assert.notEqual(verdict.state, "known");
  }
  const far = verdictOf(fit(madeOf(false, 0.5, 0.7)), 0.98, {
    total: 100,
    detector: 97,
    classifier: 50,
  });
  assert.match(far.words, /on these strangers/);
  assert.match(far.next, /it flags 50 of 100, the classifier alone 70 of 100/);
});

test("shares are never said to be all or none unless they are", () => {
  assert.deepEqual([0, 0.001, 0.5, 0.992, 0.9999, 1].map(ofHundred), [
    "0 of 100",
    "fewer than 1 of 100",
    "50 of 100",
    "99.2 of 100",
    "more than 99 of 100",
    "100 of 100",
  ]);
});

test("the numbers of pictures add up in words", () => {
  const sentences = accountsOf({ info: fit(), total: 1004, unread: 4, asked: 600 });
  assert.deepEqual(sentences, [
    "1,004 pictures: 900 to fit, 100 held out for the threshold, 4 unreadable, left out.",
    "Of the 900 to fit, the model recognises 885, which make the patterns; the 15 that it takes " +
      "for another class take no part.",
    "250 of them, about every fourth of a class, were also shown altered, which makes 250 × 2 = " +
      "500 strangers: shuffled, turned. Altered copies make no patterns.",
    "The model was asked about 600 of the 1,000 pictures, taken evenly: 600 tell its accuracy " +
      "well enough.",
  ]);
});
