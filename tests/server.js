// Serves the project's own folder on loopback, for the browser tests.
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../", import.meta.url);
const TYPES = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".css": "text/css",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".png": "image/png",
  ".webp": "image/webp",
};

async function answer(request, response, editPage, more) {
  const url = new URL(`.${new URL(request.url, "http://localhost").pathname}`, ROOT);
  const path = fileURLToPath(url.pathname.endsWith("/") ? new URL("index.html", url) : url);
  const file = url.href.startsWith(ROOT.href) && (await stat(path).catch(() => undefined));
  if (!file?.isFile()) return response.writeHead(404).end("not found");
  const type = TYPES[extname(path)] ?? "application/octet-stream";
  const headers = { "content-type": type, "access-control-allow-origin": "*", ...more };
  if (editPage && type === "text/html")
    return response.writeHead(200, headers).end(editPage(await readFile(path, "utf8")));
  response.writeHead(200, { ...headers, "content-length": file.size });
  createReadStream(path).pipe(response);
}

/**
 * Starts the server, which may edit the pages it serves and send further headers: its address, and
 * how to stop it.
 */
export async function serve({ editPage, headers } = {}) {
  const server = createServer((request, response) => answer(request, response, editPage, headers));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, close };
}
