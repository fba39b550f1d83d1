import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { load } from "../load.js";

const [vectors, projection, names, path, once, blur, state, truth, partner, mapWords] =
  await Promise.all(
    [
      "try/vectors",
      "try/projection",
      "try/map-names",
      "try/score-path",
      "shared/once",
      "try/blur",
      "try/state",
      "try/truth",
      "try/partner",
      "try/map-words",
    ].map((name) => load(`www/${name}.ts`)),
  );

const rates = JSON.parse(readFileSync(new URL("../../../www/try/rates.json", import.meta.url)));
const round = (values) => [...values].map((value) => Math.round(1e4 * value) / 1e4);

test("vectors: products, lengths, means", () => {
  assert.equal(vectors.dot([1, 2, 3], [4, 5, 6]), 32);
  assert.deepEqual(round(vectors.unit(Float32Array.of(3, 4))), [0.6, 0.8]);
  assert.deepEqual([...vectors.unit(new Float32Array(2))], [0, 0]);
  const rows = [Float32Array.of(1, 2), Float32Array.of(3, 6)];
  assert.deepEqual([...vectors.mean(rows)], [2, 4]);
  assert.deepEqual([...vectors.combine(rows, [2, -1])], [-1, -2]);
});

test("the plane holds the class means where they are furthest apart", () => {
  // Three means on the axes of the second and third of four dimensions, the third twice as far.
  const corners = [
    [7, 0, 0, 7],
    [7, 3, 0, 7],
    [7, 0, 6, 7],
  ].map((values) => Float32Array.from(values));
  const place = projection.fitPlane(corners, [0, 1, 2]);
  const distance = (i, k) => {
    const [one, other] = [place(corners[i]), place(corners[k])];
    return Math.hypot(one[0] - other[0], one[1] - other[1]);
  };
  assert.deepEqual(round([distance(0, 1), distance(0, 2), distance(1, 2)]), [3, 6, 6.7082]);
  // What lies off the plane does not move a place.
  const off = Float32Array.of(0, 3, 0, 100);
  assert.deepEqual(round(place(off)), round(place(corners[1])));
});

/** Pairs of names that cover each other. */
const covering = (placed, line) =>
  placed.flatMap((one, i) =>
    placed
      .slice(i + 1)
      .filter(
        (other) =>
          Math.abs(one.place[1] - other.place[1]) < line &&
          Math.abs(one.place[0] - other.place[0]) < (one.width + other.width) / 2,
      ),
  );

test("names on the map stay where they are free, and move the least where they are not", () => {
  const at = (x, y, width = 20) => ({ place: [x, y], label: "ab", width });
  const area = { width: 400, height: 300, line: 16 };
  const placesOf = (...given) => names.moveApart(given, area).map(({ place }) => place);
  assert.deepEqual(placesOf(at(100, 50), at(200, 52), at(100, 54)), [
    [100, 50],
    [200, 52],
    [100, 66],
  ]);
  // Within the map, whatever their length.
  assert.deepEqual(placesOf(at(2, 1, 80), at(399, 299, 80)), [
    [40, 8],
    [360, 292],
  ]);
});

test("names on the map never cover each other, however they crowd", () => {
  let state = 7;
  const random = () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
  const area = { width: 350, height: 320, line: 16 };
  for (let round = 0; round < 200; round++) {
    const crowd = Array.from({ length: 10 }, () => ({
      place: [area.width * random() ** 3, area.height * random() ** 3],
      label: "automobile",
      width: 20 + 70 * random(),
    }));
    const placed = names.moveApart(crowd, area);
    assert.deepEqual(covering(placed, area.line), []);
    for (const { place, width } of placed) {
      assert.ok(place[0] >= width / 2 && place[0] <= area.width - width / 2);
      assert.ok(place[1] >= area.line / 2 && place[1] <= area.height - area.line / 2);
    }
  }
});

test("a path goes on while its slider moves, and begins anew with another", () => {
  const first = path.pathOf("blur", undefined);
  path.record(first, 0.1, -2);
  path.record(first, 0.2, -1);
  path.record(first, 0.1, -3);
  assert.equal(path.pathOf("blur", first), first);
  assert.deepEqual(first.now, { value: 0.1, score: -3 });
  assert.deepEqual(
    [...first.scores],
    [
      [0.1, -3],
      [0.2, -1],
    ],
  );
  const other = path.pathOf("noise", first);
  assert.deepEqual([other.slider, other.scores.size, other.now], ["noise", 0, undefined]);
});

test("a path that was scored ahead goes on where the slider has moved meanwhile", () => {
  const ahead = {
    slider: "blend",
    scores: new Map([
      [0, 1],
      [0.5, 2],
      [1, 3],
    ]),
  };
  const moved = path.pathOf("blend", undefined);
  path.record(moved, 0.5, 4);
  const joined = path.joinPaths(ahead, moved);
  assert.deepEqual([...joined.scores.values()], [1, 4, 3]);
  assert.deepEqual(joined.now, { value: 0.5, score: 4 });
  const other = path.pathOf("noise", undefined);
  assert.equal(path.joinPaths(ahead, other), other);
  assert.equal(path.joinPaths(ahead, undefined), ahead);
});

test("events change the state: a slider perturbs, a new subject begins unperturbed", () => {
  const { addressOf, initialState, moveSlider, pictureOf, takeSubject } = state;
  const page = initialState("objects");
  const picture = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
  takeSubject(page, { picture, input: (same) => same, sample: 4 });
  assert.equal(pictureOf(page, page.subject), picture);
  moveSlider(page, "noise", 0.5);
  assert.deepEqual([page.perturbation.noise, page.path.slider], [0.5, "noise"]);
  assert.deepEqual(addressOf(page), {
    network: "objects",
    sample: 4,
    perturbation: { rotation: 0, blend: 0, blur: 0, brightness: 0, inversion: 0, noise: 0.5 },
    partner: undefined,
  });
  const before = page.path;
  takeSubject(page, undefined);
  assert.deepEqual([page.perturbation.noise, page.path, before.slider], [0, undefined, "noise"]);
});

test("something is made once, and again after a failure", async () => {
  const results = [Promise.reject(new Error("busy")), Promise.resolve("made")];
  let calls = 0;
  const make = once.once(() => results[calls++]);
  await assert.rejects(make(), /busy/);
  assert.deepEqual(await Promise.all([make(), make()]), ["made", "made"]);
  assert.equal(calls, 2);
});

test("a blur keeps a flat picture, and spreads a dot evenly", () => {
  const flat = new Float32Array(4 * 25).fill(0.5);
  blur.blur(flat, 5, 5, 1);
  assert.ok(flat.every((value) => Math.abs(value - 0.5) < 1e-6));
  const dot = new Float32Array(4 * 81);
  const at = (x, y) => dot[4 * (9 * y + x)];
  dot[4 * (9 * 4 + 4)] = 1;
  blur.blur(dot, 9, 9, 1);
  // The kernel reaches 3 pixels; its weights are those of a Gaussian, normalised to one.
  const weights = [-3, -2, -1, 0, 1, 2, 3].map((i) => Math.exp(-(i ** 2) / 2));
  const sum = weights.reduce((a, b) => a + b);
  assert.ok(Math.abs(at(4, 4) - (1 / sum) ** 2) < 1e-6);
  assert.ok(Math.abs(at(5, 4) - at(4, 5)) < 1e-7 && at(5, 4) < at(4, 4));
  assert.equal(at(0, 4), 0);
});

const network = {
  name: "digits",
  knows: "the digits 0 to 4",
  oneOf: "digits 0 to 4",
  strangers: "scribbles and shapes",
  harder: " Letters pass more often.",
  groups: { known: { plural: "digits it knows" }, clothes: { plural: "clothes" } },
};
const labels = ["0", "1", "2", "3", "4"];
const answer = (verdict, label, set = null) => ({ verdict, predicted: { label }, set });

test("each side is marked by what the picture truly is", () => {
  const marks = (sample, report) => {
    const { alone, together, owned } = truth.judge(network, sample, report, labels);
    return [alone, together, owned.split(":")[0]];
  };
  const four = { name: "a 4", group: "known" };
  const bag = { name: "bag", group: "clothes" };
  assert.deepEqual(marks(bag, answer("unknown", "2")), ["wrong", "right", ""]);
  assert.deepEqual(marks(bag, answer("known", "2")), ["wrong", "wrong", "A miss"]);
  assert.deepEqual(marks(bag, answer("unsure", "2", [1, 2])), ["wrong", "wrong", "A miss"]);
  assert.deepEqual(marks(four, answer("known", "4")), ["right", "right", ""]);
  assert.deepEqual(marks(four, answer("unsure", "2", [2, 4])), ["wrong", "right", ""]);
  assert.deepEqual(marks(four, answer("unknown", "4")), ["right", "wrong", "A false alarm"]);
  assert.deepEqual(marks(four, answer("known", "2")), ["wrong", "wrong", "Both are wrong"]);
});

test("a mistake comes with the rate at which it happens, as measured", () => {
  const { wrong, known, clothes, own } = rates.digits;
  const among = (part, { samples }) => `one in ${Math.round(samples / part).toLocaleString("en")}`;
  const owned = (sample, report) => truth.judge(network, sample, report, labels).owned;
  assert.equal(
    owned({ name: "bag", group: "clothes" }, answer("known", "2")),
    `A miss: ${among(clothes.samples - clothes.flagged, clothes)} clothes passes.`,
  );
  assert.match(
    owned({ name: "a 4", group: "known" }, answer("unknown", "4")),
    new RegExp(among(known.flagged, known)),
  );
  assert.match(
    owned({ name: "a 4", group: "known" }, answer("known", "2")),
    new RegExp(among(wrong, known)),
  );
  assert.match(
    truth.judgeOwn(network, answer("known", "2")).owned,
    new RegExp(
      `none of the digits 0 to 4.*${among(own.samples - own.flagged, own)}.*` +
        `another of them.*mistakes ${among(wrong, known)}`,
    ),
  );
});

test("the rates of right and wrong refusals are those measured, rounded down", () => {
  const { known, digits } = rates.digits;
  const near = { ...network, nearStrangers: { group: "digits", name: "the digits 5 to 9" } };
  const percent = ({ flagged, samples }) => `${Math.floor((100 * flagged) / samples)}%`;
  assert.equal(
    truth.ratesInWords(near),
    `On test data it refuses ${percent(digits)} of the digits 5 to 9, ` +
      `and ${percent(known)} of what it knows.`,
  );
});

test("what a sample is, in words", () => {
  const say = (name, group) => truth.truthOf(network, { name, group });
  assert.match(
    say("a 5", "digits"),
    /^This is a 5\. The network was only taught the digits 0 to 4/,
  );
  assert.match(say("ankle boot", "clothes"), /^This is an ankle boot\./);
  assert.match(say("trousers", "clothes"), /^These are trousers\./);
  assert.match(say("stripes", "noise"), /^Just a pattern: stripes\./);
  assert.match(say("a 4", "known"), /^This is a 4, one of the digits 0 to 4 that/);
});

test("a picture is blended with a sample on the other side of the threshold", () => {
  const sample = (group, score, isOod) => ({ group, report: { score, isOod } });
  const samples = [
    sample("known", 1, false),
    sample("known", -3, false),
    sample("clothes", 20, true),
    sample("clothes", 9, true),
    sample("noise", 90, true),
  ];
  assert.equal(partner.oppositeOf(samples, true), 1);
  assert.equal(partner.oppositeOf(samples, false), 2);
});

test("the map says where a verdict comes from that it does not show", () => {
  const report = (similarity, isOod, parts = null) => ({
    isOod,
    parts,
    layers: [
      { name: "early", similarities: [0, 0] },
      { name: "last", similarities: [-99, similarity] },
    ],
  });
  const known = { group: "known", report: report(-20, false) };
  const missed = { group: "known", report: report(-90, true) };
  const ordinary = mapWords.ordinaryFrom([
    known,
    missed,
    { group: "known", report: report(-5, false) },
  ]);
  assert.equal(ordinary, -20);
  assert.equal(mapWords.whereElse(report(-30, true), ordinary), "");
  assert.equal(mapWords.whereElse(report(-10, false), ordinary), "");
  assert.match(mapWords.whereElse(report(-10, true), ordinary), /comes from early\.$/);
  assert.match(
    mapWords.whereElse(report(-10, true, { she: 1, energy: 8 }), ordinary),
    /energy of the logits\.$/,
  );
});
