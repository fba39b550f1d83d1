import { unlessAborted } from "./abort.js";
import { SheError } from "./error.js";

/** Where a file comes from: its address, its bytes, a `Blob` or `File`, or a `Response` that is on its way. */
export type Source = string | URL | ArrayBuffer | Uint8Array | Blob | Response;

/** How far loading has come. */
export interface LoadProgress {
  /** Fetching the WebAssembly, fetching the file, making it ready to run, done. */
  phase: "wasm" | "model" | "compile" | "ready";
  /** Bytes so far, 0 in phases that fetch nothing. */
  loaded: number;
  /** Bytes in all, where they are known: a server may not say, or send them compressed. */
  total?: number;
}

/** Options of what loads a detector. */
export interface LoadOptions {
  /** Called at the beginning of each phase and as bytes arrive. */
  onProgress?: (progress: LoadProgress) => void;
  /** Cancels the download and all that would follow; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
  /**
   * Keeps a fetched file in the browser's Cache API (cache `she-ood`), from where the next visit takes it without asking the network.
   * Give `integrity` too where the file may change under its address. Where there is no such cache, the file is fetched.
   */
  cache?: boolean;
  /** The file's SHA-256 as in `<script integrity>`: `sha256-` and base64. A file that differs is refused; a kept one is fetched anew. */
  integrity?: string;
  /** What the file and the model in it may take at most. */
  limits?: Limits;
}

/**
 * What a file and the model in it may take at most: a model that asks for more is refused with `too-large`, before anything is made of
 * it. The defaults are far above what classifiers take that run on a device.
 */
export interface Limits {
  /** Bytes of the file: 512 MiB. */
  bytes?: number;
  /** Nodes of the model's graph: 20,000. */
  nodes?: number;
  /** Values of all tensors together that the model makes of one sample: 2^28, a gigabyte. */
  values?: number;
}

/** Bytes of a file unless {@linkcode Limits} say otherwise. */
const MOST_BYTES = 2 ** 29;

/** Told of the bytes so far, and of all where that is known. */
export type Counter = (loaded: number, total?: number) => void;

type Bytes = Uint8Array<ArrayBuffer>;

/** Tells `onProgress` of the bytes of a phase. */
export function counter(phase: LoadProgress["phase"], { onProgress }: LoadOptions): Counter {
  return (loaded, total) => onProgress?.({ phase, loaded, ...(total !== undefined && { total }) });
}

/** All bytes of a source; `what` names it in errors. */
export async function bytesOf(source: Source, what: string, options: LoadOptions, count: Counter): Promise<Bytes> {
  options.signal?.throwIfAborted();
  const check = sizeCheck(what, limit("bytes", options) ?? MOST_BYTES);
  const limited: Counter = (loaded, total) => {
    check(Math.max(loaded, total ?? 0));
    count(loaded, total);
  };
  limited(0);
  if (typeof source === "string" || source instanceof URL) return fromAddress(source, what, options, limited);
  check(source instanceof Blob ? source.size : (source as Partial<ArrayBuffer> | undefined)?.byteLength ?? 0);
  const bytes = await given(source, what, options.signal, limited);
  options.signal?.throwIfAborted();
  await verify(bytes, what, options.integrity);
  return bytes;
}

/** A limit, where one was given. */
export function limit(name: keyof Limits, { limits }: LoadOptions): number | undefined {
  const given = limits?.[name];
  if (given === undefined || (Number.isInteger(given) && given > 0 && given < 2 ** 32)) return given;
  throw new SheError("invalid-option", `the limit of ${name} is a whole number from 1 and below 2^32, not ${String(given)}`);
}

function sizeCheck(what: string, most: number): (bytes: number) => void {
  return (bytes) => {
    if (bytes > most) throw new SheError("too-large", `${what} has ${bytes} bytes, at most ${most} are allowed: the limits are options`);
  };
}

async function given(source: unknown, what: string, signal: AbortSignal | undefined, count: Counter): Promise<Bytes> {
  // A copy, as it is kept for as long as what is made of it.
  if (source instanceof Uint8Array) return new Uint8Array(source);
  if (source instanceof ArrayBuffer) return new Uint8Array(source.slice(0));
  if (source instanceof Blob) return new Uint8Array(await source.arrayBuffer());
  if (source instanceof Response) return bodyOf(answered(source, what), what, signal, count);
  throw new SheError("input-kind", `${what} is loaded from a URL, an ArrayBuffer, a Uint8Array, a Blob or a Response, not from ${kind(source)}`);
}

async function fromAddress(address: string | URL, what: string, options: LoadOptions, count: Counter): Promise<Bytes> {
  const url = absolute(address, what);
  const cache = options.cache && url.protocol !== "file:" ? await keptFiles() : undefined;
  const kept = await cache?.match(url);
  if (kept) {
    const bytes = new Uint8Array(await kept.arrayBuffer());
    options.signal?.throwIfAborted();
    if (await matches(bytes, options.integrity)) return bytes;
  }
  const bytes = await bodyOf(await fetched(url, what, options.signal), what, options.signal, count);
  await verify(bytes, what, options.integrity);
  // A cache that is full or forbidden keeps nothing, and does no harm.
  await cache?.put(url, new Response(bytes)).catch(() => undefined);
  return bytes;
}

export function absolute(address: string | URL, what: string): URL {
  try {
    return new URL(address, globalThis.location?.href);
  } catch (cause) {
    throw new SheError("load-failed", `${what}: ${JSON.stringify(address)} is no full address, as is needed where there is no page: give bytes, or new URL("./file", import.meta.url)`, { cause });
  }
}

/** The answer to a request, which is no failure and no page. */
export async function fetched(url: URL, what: string, signal?: AbortSignal): Promise<Response> {
  try {
    // Node's fetch has no file:.
    const response = url.protocol === "file:" ? new Response(await readFile(url)) : await fetch(url, { signal: signal ?? null });
    return answered(response, what);
  } catch (cause) {
    throw failure(cause, `${what} could not be fetched from ${url.href}`, signal);
  }
}

/** The response, which is no failure and no page. */
export function answered(response: Response, what: string): Response {
  const from = response.url ? ` from ${response.url}` : "";
  if (!response.ok) throw new SheError("load-failed", `${what}${from}: the server says ${response.status} ${response.statusText}`.trimEnd());
  if (/^text\/html\b/i.test(response.headers.get("content-type") ?? "")) {
    throw new SheError("load-failed", `${what}${from}: the server sent a page (text/html) in place of the file; is it there?`);
  }
  return response;
}

async function bodyOf(response: Response, what: string, signal: AbortSignal | undefined, count: Counter): Promise<Bytes> {
  let thrown: unknown;
  // Browsers say of a stream that was broken off only that it was.
  const told: Counter = (loaded, total) => {
    try {
      count(loaded, total);
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  try {
    return new Uint8Array(await unlessAborted(new Response(counted(response, told)).arrayBuffer(), signal));
  } catch (cause) {
    throw failure(thrown ?? cause, `${what} broke off`, signal);
  }
}

/** The body of a response, its bytes counted as they pass. */
export function counted(response: Response, count: Counter): ReadableStream<Bytes> | null {
  // The length is that of what travels, compressed or not.
  const length = response.headers.get("content-encoding") ? null : response.headers.get("content-length");
  let loaded = 0;
  const transform = (chunk: Bytes, controller: TransformStreamDefaultController<Bytes>) => {
    controller.enqueue(chunk);
    loaded += chunk.length;
    if (length === null) count(loaded);
    else count(loaded, Number(length));
  };
  return response.body && response.body.pipeThrough(new TransformStream({ transform }));
}

/** What to throw for something that went wrong on the way: the reason of the one who aborted, or an error with a code. */
export function failure(cause: unknown, what: string, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  return cause instanceof SheError ? cause : new SheError("load-failed", `${what}: ${String(cause)}`, { cause });
}

async function keptFiles(): Promise<Cache | undefined> {
  // Absent on plain HTTP and in Node, forbidden in some private windows.
  return globalThis.caches?.open("she-ood").catch(() => undefined);
}

async function verify(bytes: Bytes, what: string, integrity: string | undefined): Promise<void> {
  if (!(await matches(bytes, integrity))) throw new SheError("load-failed", `${what} is not the file whose SHA-256 is ${integrity}`);
}

async function matches(bytes: Bytes, integrity: string | undefined): Promise<boolean> {
  if (integrity === undefined) return true;
  if (!globalThis.crypto?.subtle) throw new SheError("load-failed", "integrity can be checked on https: and localhost only");
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return integrity === `sha256-${btoa(String.fromCharCode(...digest))}`;
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

/** What a value is, for messages. */
export function kind(value: unknown): string {
  return value === null || value === undefined ? String(value) : (Object(value) as object).constructor.name;
}
