// Bars: how long she-ood takes for each 1 that onnxruntime-web takes.
import { COLOURS, picture, text } from "./svg.js";

const MEASURES = [
  "cold start to first score",
  "one score",
  "one score, peer on two threads",
  "batch, per image",
  "batch, per image, two cores",
];
const [LEFT, WIDTH, ROW, TOP, MOST] = [300, 420, 20, 56, 2.5];

const x = (ratio) => LEFT + (WIDTH * Math.min(ratio, MOST)) / MOST;

function bar([what, { ratio, range }], y) {
  const at = `x="${LEFT}" y="${y + 4}" width="${x(ratio) - LEFT}"`;
  const fill = ratio <= 1 ? COLOURS.good : COLOURS.bad;
  const spread = range
    ? `<path d="M${x(range[0])} ${y + 10}H${x(range[1])}" stroke="${COLOURS.ink}" ` +
      `stroke-width="1.5"/>`
    : "";
  return (
    text(LEFT - 8, y + 14, what, 'text-anchor="end"') +
    `<rect ${at} height="12" rx="2" fill="${fill}"/>` +
    spread +
    text(LEFT + WIDTH + 8, y + 14, ratio.toFixed(2))
  );
}

/** Rows of bars under the name of what they measure. */
function groups({ models, download }) {
  const size = download["she-ood"].brotli / download["onnxruntime-web"].brotli;
  return [
    ["download", [["WebAssembly, brotli", { ratio: size }]]],
    ...Object.entries(models).map(([name, found]) => [
      name,
      MEASURES.filter((what) => found[what]).map((what) => [what, found[what]]),
    ]),
  ];
}

export function bars(results) {
  const { cpu, date } = results;
  const title =
    "she-ood's share of what onnxruntime-web takes: left of the line is faster or smaller";
  const about = `${cpu}, one thread unless two are named, ${date}`;
  const parts = [
    text(8, 18, title, 'font-weight="600"'),
    text(8, 36, about, `fill="${COLOURS.quiet}"`),
  ];
  let y = TOP;
  for (const [name, rows] of groups(results)) {
    parts.push(text(8, y + 14, name, 'font-weight="600"'));
    for (const row of rows) {
      parts.push(bar(row, y));
      y += ROW;
    }
    y += 10;
  }
  parts.push(
    `<path d="M${x(1)} ${TOP - 4}V${y}" stroke="${COLOURS.ink}" stroke-dasharray="3 3"/>`,
    text(x(1), TOP - 10, "onnxruntime-web", 'text-anchor="middle"'),
  );
  return picture(LEFT + WIDTH + 60, y + 8, "she-ood beside onnxruntime-web", parts);
}
