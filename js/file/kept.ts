import { unlessAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import { isAddress } from "../input/realm.js";
import { absoluteUrl, type Bytes } from "./response.js";
import { type LoadOptions, readFile, type Source } from "./source.js";

/**
 * Makes something of a file's bytes, which `make` may take for itself. With `cache`, keeps files of
 * which it succeeded, and uses a kept one; if `make` fails on it, fetches the file again.
 */
export async function loadFile<T>(
  source: Source,
  what: string,
  options: LoadOptions,
  make: (bytes: Bytes) => Promise<T>,
): Promise<T> {
  const url = options.cache && isAddress(source) ? absoluteUrl(source, what) : undefined;
  const cache = url && (await unlessAborted(openCache(), options.signal));
  if (!url || !cache) return make(await readFile(source, what, options));
  const kept = await readKept(cache, url, what, options);
  let spoilt: unknown;
  try {
    if (kept) return await make(kept);
  } catch (error) {
    if (!blamesFile(error)) throw error;
    spoilt = error;
  }
  const bytes = await readFile(source, what, options).catch((error: unknown) =>
    Promise.reject(spoilt && !options.signal?.aborted ? spoilt : error),
  );
  await unlessAborted(
    attempt(() => cache.delete(url)),
    options.signal,
  );
  const made = await make(bytes.slice());
  await attempt(() => cache.put(url, new Response(bytes)));
  return made;
}

/**
 * Opens the cache. It is absent on plain HTTP and in Node, and forbidden in sandboxed frames and
 * some private windows, where even asking for it throws.
 */
function openCache(): Promise<Cache | undefined> {
  return attempt(() => globalThis.caches?.open("she-ood"));
}

/** Reads the kept file, if there is one that passes the checks. */
async function readKept(
  cache: Cache,
  url: URL,
  what: string,
  options: LoadOptions,
): Promise<Bytes | undefined> {
  const kept = await unlessAborted(
    attempt(() => cache.match(url)),
    options.signal,
  );
  return kept && attempt(() => readFile(kept, what, options));
}

/** Asks the cache; one that is full, forbidden or broken gives nothing. */
async function attempt<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}

/** Whether an error may be the file's fault. */
function blamesFile(error: unknown): boolean {
  return error instanceof SheError && !["load-failed", "disposed", "timeout"].includes(error.code);
}
