import { createReadStream, statSync } from "node:fs";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const BUILT = new URL("../target/docs/", import.meta.url);
const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** Serves the built documentation beside the pages, where the published site has it. */
export function docs() {
  return {
    name: "docs",
    configureServer({ middlewares }) {
      middlewares.use("/docs", send);
    },
  };
}

function send({ url }, response, next) {
  const path = url.replace(/[?#].*/, "").replace(/\/$/, "/index.html");
  const file = new URL(`.${path}`, BUILT);
  if (!file.href.startsWith(BUILT.href) || !statSync(file, { throwIfNoEntry: false })?.isFile())
    return next();
  response.setHeader("content-type", TYPES[extname(path)] ?? "application/octet-stream");
  createReadStream(fileURLToPath(file)).pipe(response);
}
