// Hands that draw: how each changes the strokes of a glyph, the same in every run.

/** Marsaglia's xorshift32: uniform numbers, the same for a seed everywhere. */
function uniform(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1);
  return (low, high) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return low + ((high - low) * (state >>> 0)) / 2 ** 32;
  };
}

/** How a hand writes; lengths in hundredths of the pad. */
function habits(number) {
  const random = uniform(number);
  return {
    slant: random(-0.15, 0.35),
    width: random(0.6, 1.1),
    turn: random(-0.12, 0.12),
    size: random(36, 84),
    wobble: random(0, 1.2),
    // A fast hand leaves few points.
    spacing: random(4, 12),
  };
}

/** How far along its last part a stroke has points, as the hand slows down. */
const LAST = [0.5, 0.75, 0.9, 1];

const between = ([fromX, fromY], [x, y], t) => [fromX + (x - fromX) * t, fromY + (y - fromY) * t];

/** Points along a stroke, so far apart, and closer at its end. */
function resampled(stroke, spacing) {
  const points = stroke.slice(1).flatMap(([x, y], i) => {
    const from = stroke[i];
    const parts = Math.ceil(Math.hypot(x - from[0], y - from[1]) / spacing);
    return Array.from({ length: parts }, (_, k) => between(from, [x, y], (k + 1) / parts));
  });
  const [last, end] = [stroke[0], ...points].slice(-2);
  const slower = end ? LAST.map((t) => between(last, end, t)) : [];
  return [stroke[0], ...points.slice(0, -1), ...slower];
}

function shaped({ slant, width, turn, size }, [x, y]) {
  const [wide, high] = [size * (width * x - slant * y), size * y];
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return [cos * wide - sin * high, sin * wide + cos * high];
}

/** Where strokes that span so much may begin, 8 hundredths from the edges at least. */
function corner(values, random) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const free = Math.max(0, 84 - (high - low));
  return 8 - low + random(0, free);
}

/** A glyph as a hand draws it the `time`th time: strokes in hundredths of the pad. */
export function drawn(glyph, number, time = 0) {
  const hand = habits(number);
  const random = uniform(1000 * (number + 1) + time);
  const strokes = glyph.map((stroke) => stroke.map((point) => shaped(hand, point)));
  const move = [0, 1].map((axis) =>
    corner(
      strokes.flat().map((point) => point[axis]),
      random,
    ),
  );
  const jolt = () => random(-hand.wobble, hand.wobble);
  return strokes.map((stroke) =>
    resampled(stroke, hand.spacing).map(([x, y]) => [x + move[0] + jolt(), y + move[1] + jolt()]),
  );
}
