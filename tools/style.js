// Checks the prose of all Markdown: no word that praises or says nothing, no construction that
// makes a reader go back, one spelling. Code is exempt.
//
//     node tools/style.js
import { readFileSync } from "node:fs";
import markdownIt from "markdown-it";
import { files } from "./files.js";

/** Each with what to write instead. */
const FAULTS = [
  [/\b(simply|just|easily|obviously|of course|basically|actually)\b/i, "nothing"],
  [/\b(blazing(ly)?|seamless(ly)?|powerful|cutting-edge|state-of-the-art|robust)\b/i, "a figure"],
  [/\b(utili[sz]e[sd]?|leverag(e[sd]?|ing))\b/i, "use"],
  [/\bin order to\b/i, "to"],
  [/\bdue to the fact that\b/i, "because"],
  [/\b(amount|number) of times\b/i, "how often"],
  [/\b(for whose sake|makes? do with|gives? back|that there (is|are))\b/i, "a direct verb"],
  [/^(What|How|Whether|That which) (is|are|was|were|it|they)\b[^?]*\.$/, "a noun as the subject"],
  [/\b(neural net|nets)\b/i, "network"],
  [/\b(outlier|anomaly|novelty) (score|detector)\b/i, "the field's word, OOD"],
  [/\b(normaliz|optimiz|recogniz|initializ|summariz)(e[sd]?|ing|ation)\b(?!=)/i, "-ise"],
  [/\b(behavior|color|gray|center)\b/, "the British spelling"],
];

const markdown = markdownIt();

/** The text of each paragraph, heading and cell, without code. */
function passages(file) {
  return markdown
    .parse(readFileSync(file, "utf8"), {})
    .filter(({ type }) => type === "inline")
    .map(({ map, children }) => ({
      line: (map?.[0] ?? 0) + 1,
      text: children
        .map(({ type, content }) => (type === "text" ? content : " "))
        .join("")
        .replaceAll(/\s+/g, " "),
    }));
}

const documents = files.filter((file) => file.endsWith(".md"));
const found = documents.flatMap((file) =>
  passages(file).flatMap(({ line, text }) =>
    FAULTS.flatMap(([fault, instead]) => {
      const words = text.match(fault)?.[0];
      return words ? [`${file}:${line}: "${words}": write ${instead}`] : [];
    }),
  ),
);
for (const line of found) console.error(line);
process.exitCode = found.length > 0 ? 1 : 0;
