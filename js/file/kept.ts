import { unlessAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import { isAddress } from "../input/realm.js";
import { type Bytes, absolute } from "./response.js";
import { type LoadOptions, type Source, bytesOf } from "./source.js";

/**
 * Makes something of a file. With `cache`, of the kept one where there is one: a kept file that
 * nothing can be made of is fetched again, and only files that something was made of are kept.
 */
export async function loadFile<T>(
  source: Source,
  what: string,
  options: LoadOptions,
  make: (bytes: Bytes) => Promise<T>,
): Promise<T> {
  const url = options.cache && isAddress(source) ? absolute(source, what) : undefined;
  const cache = url && (await unlessAborted(opened(), options.signal));
  if (!url || !cache) return make(await bytesOf(source, what, options));
  const kept = await keptIn(cache, url, what, options);
  let spoilt: unknown;
  try {
    if (kept) return await make(kept);
  } catch (error) {
    if (!isOfFile(error)) throw error;
    spoilt = error;
  }
  const bytes = await bytesOf(source, what, options).catch((error: unknown) =>
    Promise.reject(spoilt && !options.signal?.aborted ? spoilt : error),
  );
  await unlessAborted(
    settled(() => cache.delete(url)),
    options.signal,
  );
  const made = await make(bytes);
  await settled(() => cache.put(url, new Response(bytes)));
  return made;
}

/**
 * Absent on plain HTTP and in Node, forbidden in sandboxed frames and some private windows, where
 * even to ask for it throws.
 */
function opened(): Promise<Cache | undefined> {
  return settled(() => globalThis.caches?.open("she-ood"));
}

/** The bytes of the kept file, if there is one that may be used. */
async function keptIn(
  cache: Cache,
  url: URL,
  what: string,
  options: LoadOptions,
): Promise<Bytes | undefined> {
  const kept = await unlessAborted(
    settled(() => cache.match(url)),
    options.signal,
  );
  return kept && settled(() => bytesOf(kept, what, options));
}

/** A cache that is full, forbidden or broken keeps nothing, and does no harm. */
async function settled<T>(ask: () => Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await ask();
  } catch {
    return undefined;
  }
}

/** Whether an error may be the file's fault. */
function isOfFile(error: unknown): boolean {
  return error instanceof SheError && !["load-failed", "disposed", "timeout"].includes(error.code);
}
