// Keeps the pages and all that they need. The build fills in what is in capitals.
const CACHE = `pages-${__VERSION__}`;
const FILES = __FILES__;
/** The documentation beside the pages: another build, some of whose files keep their names. */
const DOCS = new URL("./docs/", location.href).href;

/** What is kept, if anything is and can be read. */
async function kept(request) {
  const cache = await caches.open(CACHE).catch(() => undefined);
  return cache?.match(request, { ignoreSearch: true }).catch(() => undefined);
}

async function fetched(request) {
  const response = await fetch(request);
  // A cache that is full or forbidden keeps nothing, and does no harm.
  if (response.status === 200) await keep(request, response.clone()).catch(() => undefined);
  return response;
}

async function keep(request, response) {
  await (await caches.open(CACHE)).put(request, response);
}

/**
 * Pages and documentation anew where there is a network; files, whose names change with their
 * contents, from what is kept.
 */
async function answer(request) {
  if (request.mode === "navigate")
    return fetched(request).catch(async () => (await kept(request)) ?? kept("./index.html"));
  if (request.url.startsWith(DOCS))
    return fetched(request).catch(async () => (await kept(request)) ?? Response.error());
  return (await kept(request)) ?? fetched(request);
}

async function forgetOthers() {
  const names = (await caches.keys()).filter((name) => name.startsWith("pages-") && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

addEventListener("install", (event) =>
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(["./", ...FILES]))),
);
addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && new URL(request.url).origin === location.origin)
    event.respondWith(answer(request));
});
