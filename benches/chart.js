// Draws docs/performance.svg from docs/performance.json, and docs/growth.svg from docs/growth.json.
//
//     node benches/chart.js performance    or growth
import { readFileSync, writeFileSync } from "node:fs";
import { bars } from "./charts/bars.js";
import { curves } from "./charts/curves.js";

const DRAWINGS = { performance: bars, growth: curves };

for (const name of process.argv.slice(2)) {
  const results = JSON.parse(readFileSync(`docs/${name}.json`, "utf8"));
  writeFileSync(`docs/${name}.svg`, DRAWINGS[name](results));
}
