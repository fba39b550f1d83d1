// Charts as SVG, readable on light and on dark paper: no background, colours of middle lightness.
const [WIDTH, HEIGHT] = [520, 360];
const FRAME = { left: 66, right: 500, top: 18, bottom: 306 };
const COLOURS = ["#d9480f", "#0f9d8c", "#3b6fe0", "#a855c7"];
const DASHES = ["none", "none", "8 4", "3 4"];
const STYLE =
  "text{font:14px system-ui,sans-serif;fill:#777c86}path{fill:none;stroke:#9ca3af;" +
  `stroke-opacity:.4}polyline{fill:none;stroke-width:2.5}${COLOURS.map(
    (colour, i) =>
      `.s${i}{stroke:${colour};stroke-dasharray:${DASHES[i]}}` +
      `text.s${i}{stroke:none;fill:${colour}}`,
  ).join("")}`;

/** A number as pictures need it, and no longer. */
const short = (value) => Number(value.toFixed(1));
const text = (x, y, content, more = 'text-anchor="middle"') =>
  `<text x="${short(x)}" y="${short(y)}" ${more}>${content}</text>`;

/** The function from the values of an axis to its pixels. */
const scale =
  ([low, high], from, to) =>
  (value) =>
    from + ((value - low) / (high - low)) * (to - from);

const axes = (xs, ys) => ({
  x: scale(xs, FRAME.left, FRAME.right),
  y: scale(ys, FRAME.bottom, FRAME.top),
});

/** Rules and numbers of both axes, and what they mean. */
function grid({ x, y }, { xTicks, yTicks, xName, yName }) {
  const [middle, centre] = [(FRAME.left + FRAME.right) / 2, (FRAME.top + FRAME.bottom) / 2];
  return [
    ...yTicks.map(
      (tick) =>
        `<path d="M${FRAME.left} ${short(y(tick))}H${FRAME.right}"/>` +
        text(FRAME.left - 8, y(tick) + 5, tick, 'text-anchor="end"'),
    ),
    ...xTicks.map((tick) => text(x(tick), FRAME.bottom + 20, tick)),
    text(middle, HEIGHT - 10, xName),
    text(14, centre, yName, `text-anchor="middle" transform="rotate(-90 14 ${centre})"`),
  ];
}

const legend = (names, left, top) =>
  names.map((name, i) => text(left, top + 20 * i, name, `class="s${i}"`));

const svg = (label, parts) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" ` +
  `aria-label="${label}"><style>${STYLE}</style>\n${parts.join("\n")}</svg>\n`;

const polyline = (points, { x, y }, index) =>
  `<polyline class="s${index}" points="${points
    .map(([px, py]) => `${short(x(px))},${short(y(py))}`)
    .join(" ")}"/>`;

/** About five round numbers within a range. */
function ticks([low, high]) {
  const step = 10 ** Math.floor(Math.log10((high - low) / 2));
  const wide = step * ([1, 2, 5].find((factor) => (high - low) / (step * factor) <= 6) ?? 10);
  const first = Math.ceil(low / wide);
  const count = Math.floor(high / wide) - first + 1;
  return Array.from({ length: count }, (_, i) => Number(((first + i) * wide).toPrecision(6)));
}

const BINS = 60;

/** The share of `scores` in each bin; what lies beyond the range is in the outer bins. */
function shares(scores, [low, high]) {
  const counts = new Array(BINS).fill(0);
  for (const score of scores) {
    const bin = Math.floor(((score - low) / (high - low)) * BINS);
    counts[Math.min(BINS - 1, Math.max(0, bin))]++;
  }
  return counts.map((count) => count / scores.length);
}

/** The distributions of the scores of known and unknown samples: `groups` maps names to scores. */
export function histogram(label, xName, groups) {
  const sorted = Float64Array.from(Object.values(groups).flat()).sort();
  const range = [0.002, 0.998].map((rank) => sorted[Math.floor(rank * sorted.length)]);
  const columns = Object.values(groups).map((scores) => shares(scores, range));
  const top = 1.05 * Math.max(...columns.flat());
  const place = axes(range, [0, top]);
  const width = (range[1] - range[0]) / BINS;
  const steps = (column) =>
    column.flatMap((share, i) => [
      [range[0] + i * width, share],
      [range[0] + (i + 1) * width, share],
    ]);
  const named = { xTicks: ticks(range), yTicks: ticks([0, top]), xName, yName: "share of images" };
  return svg(label, [
    ...grid(place, named),
    ...columns.map((column, i) => polyline(steps(column), place, 1 - i)),
    ...legend(Object.keys(groups).toReversed(), FRAME.left + 14, FRAME.top + 18),
  ]);
}

const POINTS = 150;

/** At most so many points of a curve, evenly along its length. */
function thinned({ fpr, tpr }) {
  const length = (i) => fpr[i] + tpr[i];
  const kept = [];
  for (let i = 0; i < fpr.length; i++)
    if (i === fpr.length - 1 || length(i) * POINTS >= 2 * kept.length) kept.push([fpr[i], tpr[i]]);
  return kept;
}

/** ROC curves: `curves` maps names to what `metrics.evaluate` returns. */
export function rocs(label, curves) {
  const quarters = [0, 0.25, 0.5, 0.75, 1];
  const place = axes([0, 1], [0, 1]);
  const axis = { xTicks: quarters, yTicks: quarters };
  const names = Object.entries(curves).map(([name, { auroc }]) => `${name}: ${auroc.toFixed(4)}`);
  return svg(label, [
    ...grid(place, { ...axis, xName: "known images flagged", yName: "unknown images flagged" }),
    `<path d="M${FRAME.left} ${FRAME.bottom}L${FRAME.right} ${FRAME.top}"/>`,
    ...Object.values(curves).map(({ roc }, i) => polyline(thinned(roc), place, i)),
    ...legend(names, FRAME.left + 190, FRAME.bottom - 24 - 20 * (names.length - 1)),
  ]);
}

/** Known points by the colours of their classes, `[x, y, class]`, and crosses for the unknown. */
export function scatter(label, { known, unknown, classes, names }) {
  const all = [...known, ...unknown];
  const range = (axis) => {
    const values = all.map((point) => point[axis]);
    return [Math.min(...values), Math.max(...values)];
  };
  const { x, y } = axes(range(0), range(1));
  const hue = (index) => `hsl(${Math.round((360 * index) / classes.length)} 55% 52%)`;
  const dot = ([px, py, index]) =>
    `<circle cx="${short(x(px))}" cy="${short(y(py))}" r="2.6" fill="${hue(index)}"/>`;
  const cross = ([px, py]) => `M${short(x(px) - 3)} ${short(y(py) - 3)}l6 6m0-6l-6 6`;
  const step = (FRAME.right - FRAME.left) / classes.length;
  // Long names would touch in one row.
  const top = (i) => HEIGHT - 30 - (classes.length > 5 && i % 2 ? 16 : 0);
  const key = classes.map((name, i) => {
    const middle = FRAME.left + step * (i + 0.5);
    return text(middle, top(i), name, `text-anchor="middle" style="fill:${hue(i)}"`);
  });
  const marks = unknown.map(cross).join("");
  const crosses = `<path style="stroke:#777c86;stroke-opacity:.9" d="${marks}"/>`;
  return svg(label, [
    ...known.map(dot),
    crosses,
    ...key,
    text((FRAME.left + FRAME.right) / 2, HEIGHT - 8, names),
  ]);
}
