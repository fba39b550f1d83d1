import { writeFile } from "node:fs/promises";
import { PAGES } from "./pages.js";

const texts = new Map();

/** Remembers the text of every page as it is rendered, with what it includes. */
export function remember(md) {
  md.core.ruler.push("remember", ({ src, env }) => {
    const text = src.replace(/<!-- @include-.*-->\n/g, "").trim();
    if (env.relativePath) texts.set(env.relativePath, text);
  });
}

/** Writes the pages as Markdown beside their HTML, their list, and all of them in one file. */
export async function writeForAgents({ outDir }) {
  const write = (name, text) => writeFile(`${outDir}/${name}`, `${text}\n`);
  await Promise.all(PAGES.map(({ file }) => write(file, texts.get(file))));
  await write("llms.txt", list());
  await write("llms-full.txt", PAGES.map(({ file }) => texts.get(file)).join("\n\n"));
}

function list() {
  const links = PAGES.map(({ file, title, about }) => `- [${title}](${file}): ${about}`);
  return [
    "# she-ood",
    "> Out-of-distribution detection for ONNX classifiers, on the device: Rust, command line, npm.",
    "Begin with [For agents](agents.md). All pages in one file: [llms-full.txt](llms-full.txt).",
    `## Pages\n\n${links.join("\n")}`,
  ].join("\n\n");
}
