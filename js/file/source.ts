import { checkAborted, unlessAborted } from "../call/abort.js";
import { any, count, fields, flag, orNull } from "../call/checks.js";
import { type Checks, PROGRESS } from "../call/options.js";
import { SheError } from "../error.js";
import { isAddress, isBlob, isBuffer, isBytes, isResponse, typeName } from "../input/realm.js";
import { parseIntegrity, verify } from "./integrity.js";
import {
  absoluteUrl,
  type Bytes,
  type Counter,
  checkResponse,
  fetchFile,
  readBody,
} from "./response.js";

/**
 * Where a file comes from: its address, its bytes, a `Blob` or `File`, or a `Response`. An address
 * is relative to the document, whose `<base>` counts, or to the worker's script.
 */
export type Source = string | URL | ArrayBuffer | SharedArrayBuffer | Uint8Array | Blob | Response;

/** Progress of loading. */
export interface LoadProgress {
  /** Fetching the WebAssembly, fetching the file, making it ready to run, done. */
  phase: "wasm" | "model" | "compile" | "ready";
  /** Bytes so far, 0 in phases that fetch nothing. */
  loaded: number;
  /**
   * Bytes in all, if known. Unknown when the server does not say, sends them compressed, or is of
   * another origin, which hides whether it does.
   */
  total?: number;
}

/** Options for loading. */
export interface LoadOptions {
  /** Called at the beginning of each phase and as bytes arrive. */
  onProgress?: (progress: LoadProgress) => void;
  /** Cancels the downloads and the steps after them; the promise rejects with its reason. */
  signal?: AbortSignal;
  /**
   * Keeps the file in the browser's Cache API (cache `she-ood`) once it has loaded; the next visit
   * takes it from there without asking the network. Add `integrity` if the file may change under
   * its address. A kept file that does not load is fetched again. Without a Cache API the file is
   * fetched each time.
   */
  cache?: boolean;
  /**
   * The file's hash as in `<script integrity>`: `sha256-`, `sha384-` or `sha512-` and base64; of
   * several, separated by spaces, the strongest count. Any other file is refused; a kept one is
   * fetched anew. With `externalData`, give the hashes of all files.
   */
  integrity?: string;
  /** Limits on the file and on its model. */
  limits?: Limits;
}

/**
 * Limits on a file and on its model. A model that exceeds one is refused with `too-large` before it
 * is built. The defaults are far above the needs of classifiers that run on a device.
 */
export interface Limits {
  /** Bytes of the file; 512 MiB by default. */
  bytes?: number;
  /** Nodes of the model's graph; 20,000 by default. */
  nodes?: number;
  /**
   * Values of all tensors together that the model makes from one sample; 2^28 by default, a
   * gigabyte.
   */
  values?: number;
}

const LIMITS = { bytes: count, nodes: count, values: count } satisfies Checks<Limits>;

/** Checks of the options for loading. */
export const LOAD = {
  ...PROGRESS,
  cache: /* @__PURE__ */ orNull(flag),
  integrity: any,
  limits: /* @__PURE__ */ orNull(/* @__PURE__ */ fields(LIMITS)),
} satisfies Checks<LoadOptions>;

/** Default limit on the bytes of a file. */
const MOST_BYTES = 2 ** 29;

/** Counter that reports the bytes of a phase to `onProgress`. */
export function progressCounter(
  phase: LoadProgress["phase"],
  { onProgress }: LoadOptions,
): Counter {
  return (loaded, total) => onProgress?.({ phase, loaded, ...(total !== undefined && { total }) });
}

/** Reads all bytes of a file, within its limits; `what` names it in errors. */
export async function readFile(source: Source, what: string, options: LoadOptions): Promise<Bytes> {
  checkAborted(options.signal);
  const hashes = parseIntegrity(options.integrity);
  const most = mostBytes(options);
  const count = progressCounter("model", options);
  const limited: Counter = (loaded, total) => {
    checkSize(Math.max(loaded, total ?? 0), most, what);
    count(loaded, total);
  };
  limited(0);
  checkSize(knownSize(source), most, what);
  const bytes = await readSource(source, what, options.signal, limited);
  checkSize(bytes.length, most, what);
  checkAborted(options.signal);
  await verify(bytes, what, hashes);
  return bytes;
}

/** Refuses files that together have more bytes than a single one may. */
export function checkTotal(files: Bytes[], what: string, options: LoadOptions): void {
  checkSize(
    files.reduce((sum, { length }) => sum + length, 0),
    mostBytes(options),
    what,
  );
}

function mostBytes(options: LoadOptions): number {
  return options.limits?.bytes ?? MOST_BYTES;
}

function checkSize(bytes: number, most: number, what: string): void {
  if (bytes > most)
    throw new SheError(
      "too-large",
      `${what} has ${bytes} bytes, at most ${most} are allowed: the limits are options`,
    );
}

/** Number of bytes, as far as it is known at once. */
function knownSize(source: Source): number {
  if (isBlob(source)) return source.size;
  return isBytes(source) || isBuffer(source) ? source.byteLength : 0;
}

/** Reads the bytes of a source into a copy, which no caller can change meanwhile. */
export async function readSource(
  source: unknown,
  what: string,
  signal: AbortSignal | null | undefined,
  count: Counter,
): Promise<Bytes> {
  if (isAddress(source)) return readAddress(absoluteUrl(source, what), what, signal, count);
  if (isBytes(source) || isBuffer(source)) return copyBytes(source, what);
  if (isBlob(source)) return new Uint8Array(await unlessAborted(readBlob(source, what), signal));
  if (isResponse(source)) return readBody(checkResponse(source, what), what, signal, count);
  throw new SheError(
    "input-kind",
    `${what} is loaded from a URL, an ArrayBuffer, a Uint8Array, a Blob or a Response, not ` +
      `from ${typeName(source)}`,
  );
}

async function readAddress(
  url: URL,
  what: string,
  signal: AbortSignal | null | undefined,
  count: Counter,
): Promise<Bytes> {
  const file = await fetchFile(url, what, signal);
  if (!isBytes(file)) return readBody(file, what, signal, count);
  count(file.length, file.length);
  return file;
}

async function readBlob(file: Blob, what: string): Promise<ArrayBuffer> {
  try {
    // jsdom's has no such method.
    return await (file.arrayBuffer ? file.arrayBuffer() : readByReader(file));
  } catch (cause) {
    throw new SheError(
      "load-failed",
      `${what} could not be read from the ${typeName(file)}: ${String(cause)}`,
      { cause },
    );
  }
}

function readByReader(file: Blob): Promise<ArrayBuffer> {
  const reader = new FileReader();
  return new Promise((resolve, reject) => {
    reader.onload = () => resolve(reader.result as ArrayBuffer);
    reader.onerror = () => reject(reader.error);
    reader.readAsArrayBuffer(file);
  });
}

function copyBytes(
  source: Uint8Array | Uint8ClampedArray | ArrayBuffer | SharedArrayBuffer,
  what: string,
): Bytes {
  try {
    return new Uint8Array(isBuffer(source) ? new Uint8Array(source) : source);
  } catch (cause) {
    throw new SheError(
      "input-kind",
      `${what}: these bytes cannot be read, perhaps because they were transferred: ` +
        `${String(cause)}`,
      { cause },
    );
  }
}
