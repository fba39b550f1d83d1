import { readdirSync, readFileSync } from "node:fs";
import { defineConfig } from "vitepress";
import { REPOSITORY } from "../../www/repository.js";
import { remember, writeForAgents } from "./for-agents.js";
import { keepOptions, keepUnits } from "./options.js";
import { linkToRepository } from "./outside.js";
import { PAGES, SECTIONS } from "./pages.js";
import { slug } from "./slug.js";

const { SITE_URL = "http://localhost/" } = process.env;
const NOT_PAGES = ["release.md"];

const left = readdirSync("docs").filter(
  (file) => file.endsWith(".md") && !NOT_PAGES.includes(file),
);
for (const file of left)
  if (!PAGES.some((page) => page.file === file))
    throw new Error(`docs/${file} is in no section of docs/.vitepress/pages.js`);

/** The demo's. */
const [, ICON] = readFileSync("www/shared/head.html", "utf8").match(/href="(data:[^"]+)"/);

const link = ([name, text]) => ({ text, link: `/${name === "index" ? "" : name}` });

export default defineConfig({
  title: "she-ood",
  description: "Out-of-distribution detection for ONNX classifiers, on the device.",
  lang: "en",
  base: new URL("docs/", SITE_URL).pathname,
  outDir: "../target/docs",
  cacheDir: "../target/vitepress",
  srcExclude: NOT_PAGES,
  head: [["link", { rel: "icon", href: ICON }]],
  appearance: "force-auto",
  markdown: {
    anchor: { slugify: slug },
    config: (md) => md.use(linkToRepository).use(remember).use(keepOptions).use(keepUnits),
  },
  transformPageData({ relativePath }) {
    const page = PAGES.find(({ file }) => file === relativePath);
    return page && { title: page.title, description: page.about };
  },
  buildEnd: writeForAgents,
  themeConfig: {
    nav: [
      link(SECTIONS.Use[0]),
      { text: "API", link: "/api" },
      { text: "Demo", link: "../", target: "_self" },
    ],
    sidebar: Object.entries(SECTIONS).map(([text, pages]) => ({ text, items: pages.map(link) })),
    outline: [2, 3],
    search: { provider: "local" },
    socialLinks: REPOSITORY ? [{ icon: "github", link: REPOSITORY }] : [],
  },
});
