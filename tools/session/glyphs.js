// What people draw, as strokes of points in a square from -0.5 to 0.5, y downwards.
import { arc, DIGITS as TESTED } from "../../tests/strokes.js";

/** A Catmull-Rom curve through points. */
function smooth(points, between = 6) {
  const p = [points[0], ...points, points.at(-1)];
  const curve = points.slice(1).flatMap((_, i) => {
    const [a, b, c, d] = p.slice(i, i + 4);
    return Array.from({ length: between }, (_, k) => catmullRom([a, b, c, d], k / between));
  });
  return [...curve, points.at(-1)];
}

const catmullRom = ([a, b, c, d], t) =>
  b.map((_, i) => {
    const [slope, bend, turn] = [
      c[i] - a[i],
      2 * a[i] - 5 * b[i] + 4 * c[i] - d[i],
      3 * (b[i] - c[i]) + d[i] - a[i],
    ];
    return 0.5 * (2 * b[i] + slope * t + bend * t ** 2 + turn * t ** 3);
  });

const pointOf = (pair) => [pair[0] / 9 - 0.5, pair[1] / 9 - 0.5];

/**
 * Strokes from pairs of column and row, 0 to 9. `|` ends a stroke, `/` a part of one, which begins
 * where the part before has ended; `~` makes a part a curve.
 */
function strokesOf(text) {
  return text.split("|").map((stroke) =>
    stroke.split("/").flatMap((part) => {
      const points = part.replace("~", "").trim().split(" ").map(pointOf);
      return part.startsWith("~") ? smooth(points) : points;
    }),
  );
}

const centred = (strokes) => strokes.map((stroke) => stroke.map(([x, y]) => [x - 50, y - 50]));
const inUnits = (strokes) =>
  centred(strokes).map((stroke) => stroke.map(([x, y]) => [x / 68, y / 68]));

const all = (texts) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, strokesOf(text)]));

/** The ways that hands write each digit. */
export const DIGITS = {
  0: [
    "~50 31 23 26 38 59 78 86 83 71 50",
    "~60 31 13 16 39 69 87 94 71 50",
    "~50 41 33 37 49 67 63 50",
  ],
  1: ["50 59", "32 50 59", "23 50 59|29 89", "~50 54 49"],
  2: [
    "~12 40 70 82 74 46 19/19 89",
    "~12 40 70 82 64 38 29 18 27 48 89",
    "~02 30 60 72 64 09/~09 38 69 88",
  ],
  3: [
    "~11 40 71 73 44/~44 74 87 59 18",
    "10 80 44/~44 75 87 69 39 18",
    "~10 50 72 34/~34 75 78 49 09",
  ],
  4: ["20 15 95|63 69", "69 60 06 96", "~20 24 15/15 85|70 69"],
  5: ["80 20 14/~14 53 85 78 49 18", "20 14/~14 53 85 78 49 18|20 80"],
  6: ["~70 32 15 17 49 78 86 65 35 17", "~50 24 17 39 78 66 35 18"],
  7: ["10 90 49", "10 90 49|35 75"],
  8: ["~71 40 21 33 65 87 59 27 36 63 81 71", "~50 22 44 67 59 37 44 72 50"],
  9: ["~82 50 22 24 45 73 81/81 79", "~72 40 12 34 64 72/~72 75 59"],
};
for (const [digit, ways] of Object.entries(DIGITS)) {
  DIGITS[digit] = ways.map(strokesOf);
  if (TESTED[digit]) DIGITS[digit].push(inUnits(TESTED[digit]));
}

/** Letters but I, O and l, which are drawn as 1 and 0 are. */
export const LETTERS = all({
  A: "09 50 99|26 76",
  B: "10 19|~10 60 82 64 14|~14 75 87 69 19",
  C: "~81 50 21 04 27 59 88",
  D: "10 19|~10 60 94 69 19",
  E: "90 10 19 99|14 74",
  F: "90 10 19|14 74",
  G: "~81 50 21 04 27 59 88/88 85 55",
  H: "10 19|80 89|15 85",
  J: "~70 77 59 38 27",
  K: "10 19|80 15 89",
  L: "10 19 89",
  M: "09 10 56 80 99",
  N: "19 10 89 80",
  P: "10 19|~10 70 83 65 15",
  Q: "~50 21 04 27 59 87 94 71 50|66 99",
  R: "10 19|~10 70 83 65 15/15 89",
  S: "~81 50 21 33 65 87 49 18",
  T: "00 90|50 59",
  U: "~10 16 49 86 80",
  V: "10 59 90",
  W: "00 29 53 79 90",
  X: "10 89|80 19",
  Y: "10 54|90 54 49",
  Z: "10 90 19 99",
  a: "~83 53 26 59 76 83|~83 87 99",
  b: "20 29|~25 54 87 59 28",
  d: "80 89|~85 54 27 59 88",
  e: "15 85/~85 53 23 15 28 59 88",
  g: "~72 42 14 36 65 72|~72 77 49 18",
  h: "20 29|~26 54 76 79",
  k: "20 29|74 26 79",
  n: "24 29|~26 54 76 79",
  r: "34 39|~36 54 74",
  t: "~40 47 59 79|23 73",
});

/** An arc around a place, in the glyphs' units. */
const bow = (x, y, rx, ry = rx, from = 0, to = 360) => arc(x, y, rx, ry, from, to, 20);

const spiral = Array.from({ length: 60 }, (_, i) => {
  const [angle, radius] = [i * 0.32, (0.5 * i) / 60];
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
});

const heart = Array.from({ length: 33 }, (_, i) => {
  const t = (i / 16) * Math.PI;
  const y = 13 * Math.cos(t) - 5 * Math.cos(2 * t) - 2 * Math.cos(3 * t) - Math.cos(4 * t);
  return [(16 * Math.sin(t) ** 3) / 34, -y / 34];
});

/** No digits and no letters. */
export const DOODLES = {
  smiley: [
    bow(0, 0, 0.5),
    bow(-0.17, -0.14, 0.03, 0.06),
    bow(0.17, -0.14, 0.03, 0.06),
    bow(0, 0.05, 0.28, 0.25, 20, 160),
  ],
  heart: [heart],
  spiral: [spiral],
  flower: [
    bow(0, -0.25, 0.13),
    ...[-0.25, 0.25].map((x) => bow(x, -0.1, 0.13)),
    [
      [0, -0.1],
      [0, 0.5],
    ],
  ],
  "stick figure": [bow(0, -0.36, 0.13), ...strokesOf("43 47|24 74|47 29|47 69")],
  sun: [
    bow(0, 0, 0.2),
    ...Array.from({ length: 8 }, (_, i) => {
      const [x, y] = [Math.cos((i * Math.PI) / 4), Math.sin((i * Math.PI) / 4)];
      return [
        [0.3 * x, 0.3 * y],
        [0.5 * x, 0.5 * y],
      ];
    }),
  ],
  ...all({
    house: "19 14 84 89 19|03 50 93",
    star: "19 50 89 03 93 19",
    "check mark": "05 39 90",
    cross: "00 99|90 09",
    plus: "50 59|05 95",
    signature: "~06 22 37 45 56 54 66 64 76 74 86 85 98|~07 38 68 96",
    dot: "55",
    "level line": "05 45 95",
    arrow: "05 95|72 95 78",
    square: "00 90 99 09 00",
    triangle: "09 50 99 09",
    lightning: "60 25 55 39 74 44 60",
    fish: "~05 33 63 85 99|~05 37 67 85 91|99 91",
    "question mark": "~12 30 60 72 54 46|49",
    ampersand: "~88 33 40 61 35 17 39 68 85",
    "at sign": "~63 43 36 57 64/~64 67 85 82 50 13 16 49 79",
  }),
};
