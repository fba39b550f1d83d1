import { readFileSync } from "node:fs";
import markdownIt from "markdown-it";
import anchor from "markdown-it-anchor";

/** The repository's address where it is known: a build on a forge's machine is told. */
const { GITHUB_SERVER_URL, GITHUB_REPOSITORY, SITE_URL = "./" } = process.env;
const REPOSITORY = GITHUB_REPOSITORY && `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}`;

const MARKDOWN = markdownIt({ html: true }).use(anchor, { tabIndex: false });

/**
 * Fills in what the pages share: `<!-- include FILE -->` becomes that file, as HTML, and the link
 * to a page itself is marked as the current one.
 */
export function include() {
  const transformIndexHtml = { order: "pre", handler: fill };
  return { name: "include", transformIndexHtml };
}

function fill(html, { path }) {
  return html
    .replace(/<!-- include (\S+) -->/g, (_, file) => htmlOf(file))
    .replace("<!-- source -->", REPOSITORY ? `<a href="${REPOSITORY}">Source</a>` : "")
    .replaceAll("SITE_URL", SITE_URL)
    .replace(linkTo(path), '$1 aria-current="page">');
}

function htmlOf(file) {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  if (file.endsWith(".html")) return text;
  return file.endsWith(".md") ? pointToFiles(MARKDOWN.render(text)) : preformatted(text);
}

/** Links and pictures of a document are relative to its folder, or to the repository's files. */
function pointToFiles(html) {
  return html
    .replaceAll(/<img src="(?!\w+:)/g, '<img src="../docs/')
    .replaceAll(/<a href="(?![#\w]+:|#)([^"]*)">(.*?)<\/a>/g, (_, path, words) =>
      REPOSITORY
        ? `<a href="${new URL(path, `${REPOSITORY}/blob/main/docs/`)}">${words}</a>`
        : words,
    );
}

const preformatted = (text) =>
  `<pre>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</pre>`;

/** Finds the link to a page in the shared header; the brand's has a class, and stays. */
function linkTo(path) {
  const name = path === "/index.html" ? "" : path.slice(1);
  return new RegExp(`(<a href="\\./${name.replace(".", "\\.")}")>`);
}
