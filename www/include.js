import { readFileSync } from "node:fs";
import { REPOSITORY } from "./repository.js";

const { SITE_URL = "./" } = process.env;

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
  return file.endsWith(".html") ? text : preformatted(text);
}

const preformatted = (text) =>
  `<pre>${text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</pre>`;

/** Finds the link to a page in the shared header; the brand's has a class, and stays. */
function linkTo(path) {
  const name = path === "/index.html" ? "" : path.slice(1);
  return new RegExp(`(<a href="\\./${name.replace(".", "\\.")}")>`);
}
