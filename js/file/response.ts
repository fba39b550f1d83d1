import { unlessAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import { isBytes, typeName } from "../input/realm.js";

/** Callback with the bytes so far, and the total if it is known. */
export type Counter = (loaded: number, total?: number) => void;

export type Bytes = Uint8Array<ArrayBuffer>;

/** Resolves an address against the document, or against the worker's script. */
export function absoluteUrl(address: string | URL, what: string): URL {
  try {
    return new URL(address, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch (cause) {
    throw new SheError(
      "load-failed",
      `${what}: ${JSON.stringify(address)} is not a full address, and there is no page to ` +
        `resolve it against: give bytes, or new URL("./file", import.meta.url)`,
      { cause },
    );
  }
}

/** Fetches a file, and refuses failures and HTML pages. A file on disk comes as bytes. */
export async function fetchFile(
  url: URL,
  what: string,
  signal?: AbortSignal | null,
): Promise<Response | Bytes> {
  try {
    // Node's fetch does not read file: URLs.
    if (url.protocol === "file:") return await readFromDisk(url);
    if (typeof fetch === "undefined")
      throw new SheError(
        "load-failed",
        `${what}: there is no fetch here: give its bytes, not an address`,
      );
    const response = fetch(url, requestInit(signal));
    return checkResponse(await unlessAborted(response, signal), what);
  } catch (cause) {
    throw failure(cause, `${what} could not be fetched from ${url.href}`, signal);
  }
}

/**
 * Leaves out a signal that this `fetch` does not accept, as Node's does not accept jsdom's. An
 * abort then ends only the wait.
 */
function requestInit(signal: AbortSignal | null | undefined): RequestInit {
  const init = signal ? { signal } : {};
  try {
    void new Request("data:,", init);
    return init;
  } catch {
    return {};
  }
}

/** Returns a response; refuses failures and HTML pages. */
export function checkResponse(response: Response, what: string): Response {
  const from = response.url ? ` from ${response.url}` : "";
  if (response.type === "opaque") {
    throw new SheError(
      "load-failed",
      `${what}${from}: the response is opaque, so no script may read it: fetch without mode ` +
        `"no-cors", from a server that sends Access-Control-Allow-Origin`,
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
      `${what}${from}: the response has been read already: give its clone()`,
    );
  if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
    throw new SheError(
      "load-failed",
      `${what}${from}: the server sent a page (text/html) instead of the file: is the address ` +
        "right?",
    );
  }
  return response;
}

/** Reads all bytes of a response. */
export async function readBody(
  response: Response,
  what: string,
  signal: AbortSignal | null | undefined,
  count: Counter,
): Promise<Bytes> {
  try {
    return await unlessAborted(concatenate(readChunks(response, count)), signal);
  } catch (cause) {
    throw failure(cause, `${what} broke off`, signal);
  }
}

/** Yields the bytes of a response, and counts them as they arrive. */
export async function* readChunks(response: Response, count: Counter): AsyncGenerator<Bytes, void> {
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
 * Number of bytes, if the headers tell. They count the bytes on the wire, fewer if compressed, and
 * other origins hide whether they are.
 */
function lengthOf({ headers, type }: Response): number | undefined {
  const encoding = headers.get("content-encoding");
  if (encoding ? encoding !== "identity" : type === "cors") return undefined;
  const length = headers.get("content-length") ?? "";
  return /^\d+$/.test(length) ? Number(length) : undefined;
}

/** Joins chunks. */
export async function concatenate(chunks: AsyncIterable<Bytes>): Promise<Bytes> {
  const parts: Bytes[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return joined(parts);
}

/** Copies parts to one. */
export function joined(parts: Bytes[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** The error to throw when loading fails: the signal's reason after an abort, else a SheError. */
export function failure(cause: unknown, what: string, signal?: AbortSignal | null): unknown {
  if (signal?.aborted) return signal.reason;
  return cause instanceof SheError
    ? cause
    : new SheError("load-failed", `${what}: ${String(cause)}`, { cause });
}

interface FileSystem {
  promises: { readFile(path: URL): Promise<Bytes> };
}

async function readFromDisk(url: URL): Promise<Bytes> {
  // Not an import: bundlers for the web would stumble over a Node module.
  const { process } = globalThis as { process?: { getBuiltinModule?(id: "node:fs"): FileSystem } };
  const fs = process?.getBuiltinModule?.("node:fs");
  if (!fs) throw new Error("serve the page over HTTP, or use Node 20.16 or later");
  return fs.promises.readFile(url);
}
