// Handwriting for the tests: strokes as points in hundredths of the pad, from the top left.

export const arc = (cx, cy, rx, ry, from, to, steps = 16) =>
  Array.from({ length: steps + 1 }, (_, i) => {
    const angle = ((from + ((to - from) * i) / steps) * Math.PI) / 180;
    return [cx + rx * Math.cos(angle), cy + ry * Math.sin(angle)];
  });

/** Strokes of each digit. */
export const DIGITS = {
  0: [arc(50, 50, 20, 32, -90, 275, 24)],
  1: [
    [
      [54, 16],
      [53, 30],
      [52, 45],
      [51, 60],
      [50, 84],
    ],
  ],
  2: [
    [...arc(50, 34, 19, 18, -170, 35), [56, 55], [44, 68], [30, 82], [45, 82], [60, 82], [72, 82]],
  ],
  3: [[...arc(46, 33, 19, 16, -140, 90), ...arc(46, 66, 22, 18, -90, 140)]],
  4: [
    [
      [36, 16],
      [33, 30],
      [30, 44],
      [28, 52],
      [42, 53],
      [56, 53],
      [70, 52],
    ],
    [
      [62, 18],
      [61, 35],
      [60, 52],
      [59, 68],
      [58, 86],
    ],
  ],
  7: [
    [
      [28, 20],
      [42, 20],
      [56, 20],
      [72, 20],
      [66, 34],
      [58, 50],
      [50, 66],
      [44, 84],
    ],
  ],
};

export const SCRIBBLE = [
  [
    [15, 15],
    [85, 30],
    [12, 45],
    [88, 55],
    [15, 70],
    [85, 85],
    [50, 10],
    [20, 88],
    [75, 12],
    [90, 80],
    [10, 30],
    [60, 90],
    [40, 8],
  ],
];
