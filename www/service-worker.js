// Keeps the pages and all that they need. The build fills in what is in capitals.
const CACHE = `pages-${__VERSION__}`;
const FILES = __FILES__;

const kept = async (request) => (await caches.open(CACHE)).match(request, { ignoreSearch: true });

async function fetched(request) {
  const response = await fetch(request);
  if (response.ok && response.status === 200) await (await caches.open(CACHE)).put(request, response.clone());
  return response;
}

/** Pages anew where there is a network; files, whose names change with their contents, from what is kept. */
async function answer(request) {
  if (request.mode === "navigate") return fetched(request).catch(async () => (await kept(request)) ?? kept("./index.html"));
  return (await kept(request)) ?? fetched(request);
}

async function forgetOthers() {
  const names = (await caches.keys()).filter((name) => name.startsWith("pages-") && name !== CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

addEventListener("install", (event) => event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(["./", ...FILES]))));
addEventListener("activate", (event) => event.waitUntil(forgetOthers()));
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method === "GET" && new URL(request.url).origin === location.origin) event.respondWith(answer(request));
});
