// Curves: how cost grows, on logarithmic axes, each with its exponent.
import { COLOURS, picture, text } from "./svg.js";

/** What each panel shows, by the figure's key. */
const PANELS = [
  ["milliseconds", { score: "#0f766e", load: "#1d4ed8", fit: "#b4310b" }],
  ["peak memory, MB", { memory: "#0f766e", "fit memory": "#b4310b" }],
];
const NAMES = { memory: "score", "fit memory": "fit" };
const DASHES = { native: "", WebAssembly: 'stroke-dasharray="6 4"' };
const [LEFT, TOP, WIDTH, HEIGHT] = [64, 92, 250, 170];
const [COLUMN, ROW] = [480, 250];
/** Sizes that an exponent is fitted to, the largest: constant costs hide the growth before. */
const FITTED = 4;

const log = Math.log10;

/** The slope of a line through the last points, on logarithmic axes, by least squares. */
export function exponent(points) {
  const last = points.slice(-FITTED).map(([x, y]) => [log(x), log(y)]);
  const mean = (of) => last.reduce((sum, point) => sum + point[of], 0) / last.length;
  const [x, y] = [mean(0), mean(1)];
  const product = last.reduce((sum, [a, b]) => sum + (a - x) * (b - y), 0);
  return product / last.reduce((sum, [a]) => sum + (a - x) ** 2, 0);
}

/** Points of a figure in a place, as far as it was measured. */
const pointsOf = (sweep, place, key) =>
  Object.entries(sweep)
    .filter(([, places]) => places[place]?.[key])
    .map(([size, places]) => [Number(size), places[place][key]]);

/** A scale from the logarithms of values to pixels. */
function scale(values, from, to) {
  const [least, most] = [log(Math.min(...values)), log(Math.max(...values))];
  return (value) => from + ((to - from) * (log(value) - least)) / (most - least || 1);
}

/** Labels that overlap no more, from the lowest up. */
function apart(labels) {
  const sorted = labels.sort((a, b) => b.y - a.y);
  sorted.forEach((label, i) => {
    if (i > 0) label.y = Math.min(label.y, sorted[i - 1].y - 13);
  });
  return sorted;
}

const powers = (values) => {
  const first = Math.floor(log(Math.min(...values)));
  const count = Math.ceil(log(Math.max(...values))) - first;
  return Array.from({ length: Math.max(count, 1) + 1 }, (_, i) => 10 ** (first + i));
};

const short = (value) =>
  value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : `${value}`;

function axes(sizes, grid, x, y) {
  const lines = grid.map(
    (value) =>
      `<path d="M0 ${y(value).toFixed(1)}h${WIDTH}" stroke="#d9dde3"/>` +
      text(-6, (y(value) + 4).toFixed(1), short(value), 'text-anchor="end"'),
  );
  const marks = sizes.map((size) =>
    text(x(size).toFixed(1), HEIGHT + 18, short(size), 'text-anchor="middle" font-size="11"'),
  );
  return [...lines, ...marks].join("");
}

function panel(sweep, [title, colours]) {
  const curves = Object.keys(colours).flatMap((key) =>
    Object.keys(DASHES).map((place) => ({ key, place, points: pointsOf(sweep, place, key) })),
  );
  const shown = curves.filter(({ points }) => points.length > 1);
  const sizes = Object.keys(sweep).map(Number);
  const grid = powers(shown.flatMap(({ points }) => points.map(([, y]) => y)));
  const [x, y] = [scale(sizes, 0, WIDTH), scale(grid, HEIGHT, 0)];
  const lines = shown.map(({ key, place, points }) => {
    const path = points.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
    const stroke = `stroke="${colours[key]}" stroke-width="2" ${DASHES[place]}`;
    return `<polyline points="${path}" fill="none" ${stroke}/>`;
  });
  const labels = shown.map(({ key, place, points }) => ({
    y: y(points.at(-1)[1]) + 4,
    words: `${NAMES[key] ?? key}, ${place}: ${exponent(points).toFixed(2)}`,
    colour: colours[key],
  }));
  const ends = apart(labels).map(({ y, words, colour }) =>
    text(WIDTH + 6, y.toFixed(1), words, `fill="${colour}" font-size="11"`),
  );
  const head = text(0, -10, title, `fill="${COLOURS.quiet}"`);
  return [head, axes(sizes, grid, x, y), ...lines, ...ends].join("");
}

/** A row of panels for each thing that grows. */
function rowOf([name, sweep], row) {
  const y = TOP + row * ROW;
  const panels = PANELS.map(
    (given, column) =>
      `<g transform="translate(${LEFT + column * COLUMN} ${y})">${panel(sweep, given)}</g>`,
  );
  return text(8, y - 30, `By ${name}`, 'font-weight="600"') + panels.join("");
}

export function curves({ sweeps, date }) {
  const rows = Object.entries(sweeps);
  const about =
    `Both axes are logarithmic; the numbers are the exponents over the ${FITTED} largest sizes. ` +
    `One thread; dashed: WebAssembly in Node. ${date}`;
  const parts = [
    text(8, 18, "How cost grows", 'font-weight="600"'),
    text(8, 36, about, `fill="${COLOURS.quiet}"`),
    ...rows.map(rowOf),
  ];
  return picture(2 * COLUMN, TOP + rows.length * ROW, "How cost grows", parts);
}
