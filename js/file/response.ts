import { unlessAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import { isBytes, typeName } from "../input/realm.js";

/** Callback with the bytes so far, and the total if it is known. */
export type Counter = (loaded: number, total?: number) => void;

export type Bytes = Uint8Array<ArrayBuffer>;

/** An address in full: relative to the document, or to the worker's script. */
export function absolute(address: string | URL, what: string): URL {
  try {
    return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (cause) {
    throw new SheError(
      "load-failed",
      `${what}: ${JSON.stringify(address)} is no full address, as is needed where there is no page: give bytes, or new URL("./file", import.meta.url)`,
      { cause },
    );
  }
}

/** Fetches a file and refuses failures and HTML pages. A file on disk comes as bytes. */
export async function fetched(
  url: URL,
  what: string,
  signal?: AbortSignal | null,
): Promise<Response | Bytes> {
  try {
    // Node's fetch has no file:.
    if (url.protocol === "file:") return await readFile(url);
    if (typeof fetch === "undefined")
      throw new SheError(
        "load-failed",
        `${what}: there is no fetch here: give its bytes, not an address`,
      );
    return answered(await unlessAborted(fetch(url, signalled(signal)), signal), what);
  } catch (cause) {
    throw failure(cause, `${what} could not be fetched from ${url.href}`, signal);
  }
}

/**
 * Without a signal that this `fetch` does not take, as Node's does not take jsdom's: then an abort
 * ends the wait alone.
 */
function signalled(signal: AbortSignal | null | undefined): RequestInit {
  const init = signal ? { signal } : {};
  try {
    void new Request("data:,", init);
    return init;
  } catch {
    return {};
  }
}

/** Refuses a response that is a failure or an HTML page. */
export function answered(response: Response, what: string): Response {
  const from = response.url ? ` from ${response.url}` : "";
  if (response.type === "opaque") {
    throw new SheError(
      "load-failed",
      `${what}${from}: the response is opaque, so that no script may read it: fetch without mode "no-cors", from a server that sends Access-Control-Allow-Origin`,
    );
  }
  if (!response.ok)
    throw new SheError(
      "load-failed",
      `${what}${from}: the server says ${response.status} ${response.statusText}`.trimEnd(),
    );
  if (response.bodyUsed)
    throw new SheError(
      "load-failed",
      `${what}${from}: the response was read before: give its clone()`,
    );
  if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
    throw new SheError(
      "load-failed",
      `${what}${from}: the server sent a page (text/html) in place of the file; is it there?`,
    );
  }
  return response;
}

/** All bytes of a response. */
export async function bodyOf(
  response: Response,
  what: string,
  signal: AbortSignal | null | undefined,
  count: Counter,
): Promise<Bytes> {
  try {
    return await unlessAborted(gathered(chunks(response, count)), signal);
  } catch (cause) {
    throw failure(cause, `${what} broke off`, signal);
  }
}

/** The bytes of a response, counted as they arrive. */
export async function* chunks(response: Response, count: Counter): AsyncGenerator<Bytes, void> {
  const total = lengthOf(response);
  const reader = response.body?.getReader();
  try {
    for (let loaded = 0; reader; ) {
      const { done, value } = await reader.read();
      if (done) return;
      if (!isBytes(value)) throw new TypeError(`the body holds ${typeName(value)}, not bytes`);
      loaded += value.length;
      if (total === undefined || loaded > total) count(loaded);
      else count(loaded, total);
      yield value;
    }
  } finally {
    reader?.cancel().catch(() => undefined);
  }
}

/**
 * The number of bytes where the headers tell. They tell how many travel, which are fewer when
 * compressed, and whether they are is hidden in answers of other origins.
 */
function lengthOf({ headers, type }: Response): number | undefined {
  const encoding = headers.get("content-encoding");
  if (encoding ? encoding !== "identity" : type === "cors") return undefined;
  const length = headers.get("content-length") ?? "";
  return /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Chunks end to end. */
export async function gathered(chunks: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/**
 * What to throw for something that went wrong on the way: the reason of the one who aborted, or an
 * error with a code.
 */
export function failure(cause: unknown, what: string, signal?: AbortSignal | null): unknown {
  if (signal?.aborted) return signal.reason;
  return cause instanceof SheError
    ? cause
    : new SheError("load-failed", `${what}: ${String(cause)}`, { cause });
}

interface FileSystem {
  promises: { readFile(path: URL): Promise<Bytes> };
}

async function readFile(url: URL): Promise<Bytes> {
  // Not an import: bundlers for the web would stumble over a Node module.
  const { process } = globalThis as { process?: { getBuiltinModule?(id: "node:fs"): FileSystem } };
  const fs = process?.getBuiltinModule?.("node:fs");
  if (!fs) throw new Error("serve the page over HTTP, or use Node 20.16 or later");
  return fs.promises.readFile(url);
}
