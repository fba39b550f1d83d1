// Checks that no line is longer than 100 columns, in any file that people write. Rows of tables,
// pictures and lines that only an address makes long are exempt.
//
//     node tools/columns.js
import { readFileSync } from "node:fs";
import { files } from "./files.js";

const LIMIT = 100;
const WRITTEN =
  /\.(rs|[jt]s|py|css|html|md|toml|ya?ml|jsonc)$|(^|\/)(Makefile|run|\.editorconfig)$/;
const EXEMPT = /^\s*(\/\/[/!] )?\||https?:\/\/\S{50}|^!\[.*\]\(\S+\)$|^\s*href="data:/;

const long = files
  .filter((file) => WRITTEN.test(file))
  .flatMap((file) =>
    readFileSync(file, "utf8")
      .split("\n")
      .map((line, i) => ({ file, number: i + 1, line })),
  )
  .filter(({ line }) => [...line].length > LIMIT && !EXEMPT.test(line));
for (const { file, number, line } of long)
  console.error(`${file}:${number}: ${[...line].length} columns, ${LIMIT} are allowed`);
process.exitCode = long.length > 0 ? 1 : 0;
