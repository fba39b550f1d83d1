// Checks that every link and picture in the repository's Markdown leads to a file that git has, and
// to a heading that it has. Addresses on the network are not visited.
//
//     node tools/links.js
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import markdownIt from "markdown-it";
import { slug } from "../docs/.vitepress/slug.js";
import { files } from "./files.js";

const ELSEWHERE = /^\w+:/;
/** Pages that other tools put beside the documentation. */
const BUILT = /^docs\/api\//;
const HTML_LINK = /(?:href|src)="([^"]+)"/g;

const markdown = markdownIt({ html: true });
const folders = new Set(files.flatMap((file) => parents(file)));
const exists = (path) => folders.has(path.replace(/\/$/, "")) || files.includes(path);

function parents(file) {
  const folder = posix.dirname(file);
  return folder === "." ? [folder] : [folder, ...parents(folder)];
}

/** All tokens of a document, those inside paragraphs and tables too. */
function tokensOf(file) {
  const tokens = markdown.parse(readFileSync(file, "utf8"), {});
  return tokens.flatMap((token) => [token, ...(token.children ?? [])]);
}

const texts = new Map();
const tokens = (file) => texts.get(file) ?? texts.set(file, tokensOf(file)).get(file);

function linksOf(file) {
  return tokens(file).flatMap((token) => {
    if (token.type.startsWith("html_"))
      return [...token.content.matchAll(HTML_LINK)].map(([, link]) => link);
    return token.attrGet("href") ?? token.attrGet("src") ?? [];
  });
}

/** Anchors of a document; headings of the same words are numbered. */
function anchorsOf(file) {
  const seen = new Map();
  const all = tokens(file);
  return all
    .filter((_, i) => all[i - 1]?.type === "heading_open")
    .map(({ children }) => {
      const name = slug(children.map(({ content }) => content).join(""));
      const times = seen.get(name) ?? 0;
      seen.set(name, times + 1);
      return times > 0 ? `${name}-${times}` : name;
    });
}

/** What is wrong with a link, if anything is. */
function fault(file, link) {
  if (ELSEWHERE.test(link)) return;
  const [path, anchor] = decodeURI(link).split("#");
  const target = path ? posix.join(posix.dirname(file), path) : file;
  if (BUILT.test(target)) return;
  if (!exists(target)) return "there is no such file";
  if (anchor && target.endsWith(".md") && !anchorsOf(target).includes(anchor))
    return `${target} has no such heading; it has ${anchorsOf(target).join(", ")}`;
}

let checked = 0;
for (const file of files.filter((file) => file.endsWith(".md")))
  for (const link of linksOf(file)) {
    checked++;
    const wrong = fault(file, link);
    if (wrong) console.error(`${file}: ${link}: ${wrong}`);
    if (wrong) process.exitCode = 1;
  }
console.log(`${checked} links in Markdown`);
