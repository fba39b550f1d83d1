// Draws docs/performance.svg from docs/performance.json: how long she-ood takes for each 1 that
// onnxruntime-web takes.
//
//     node benches/chart.js
import { readFileSync, writeFileSync } from "node:fs";

const MEASURES = [
  "cold start to first score",
  "one score",
  "batch, per image",
  "batch, per image, workers",
];
const [LEFT, WIDTH, ROW, TOP, MOST] = [250, 420, 20, 56, 2.5];
const { models, download, cpu, date } = JSON.parse(readFileSync("docs/performance.json", "utf8"));

const x = (ratio) => LEFT + (WIDTH * Math.min(ratio, MOST)) / MOST;
const text = (x, y, words, more = "") => `<text x="${x}" y="${y}" ${more}>${words}</text>`;

const size = download["she-ood"].brotli / download["onnxruntime-web"].brotli;
const groups = [
  ["download", [["WebAssembly, brotli", { ratio: size }]]],
  ...Object.entries(models).map(([name, found]) => [
    name,
    MEASURES.filter((what) => found[what]).map((what) => [what, found[what]]),
  ]),
];

let y = TOP;
const parts = [];
for (const [name, rows] of groups) {
  parts.push(text(8, y + 14, name, 'font-weight="600"'));
  for (const [what, { ratio, range }] of rows) {
    parts.push(text(LEFT - 8, y + 14, what, 'text-anchor="end"'));
    parts.push(
      `<rect x="${LEFT}" y="${y + 4}" width="${x(ratio) - LEFT}" height="12" rx="2" ` +
        `fill="${ratio <= 1 ? "#0f766e" : "#b4310b"}"/>`,
    );
    if (range)
      parts.push(
        `<path d="M${x(range[0])} ${y + 10}H${x(range[1])}" stroke="#16191d" stroke-width="1.5"/>`,
      );
    parts.push(text(LEFT + WIDTH + 8, y + 14, ratio.toFixed(2)));
    y += ROW;
  }
  y += 10;
}
const line =
  `<path d="M${x(1)} ${TOP - 4}V${y}" stroke="#16191d" stroke-dasharray="3 3"/>` +
  text(x(1), TOP - 10, "onnxruntime-web", 'text-anchor="middle"');
const head =
  text(
    8,
    18,
    `she-ood's share of what onnxruntime-web takes: left of the line is faster or smaller`,
    'font-weight="600"',
  ) + text(8, 36, `${cpu}, one thread but for workers, ${date}`, 'fill="#565d68"');
writeFileSync(
  "docs/performance.svg",
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${LEFT + WIDTH + 60} ${y + 8}" ` +
    `font-family="system-ui, sans-serif" font-size="13" fill="#16191d">` +
    `<title>she-ood beside onnxruntime-web</title>` +
    `<rect width="100%" height="100%" fill="#fff"/>${head}${line}${parts.join("")}</svg>\n`,
);
