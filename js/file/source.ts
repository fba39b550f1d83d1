import { checkAborted, unlessAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import { verify, wanted } from "./integrity.js";
import { optionsOf } from "../call/options.js";
import {
  isAddress,
  isBlob,
  isBuffer,
  isBytes,
  isResponse,
  typeName,
  shown,
} from "../input/realm.js";
import { type Bytes, type Counter, absolute, answered, bodyOf, fetched } from "./response.js";

/**
 * Where a file comes from: its address, its bytes, a `Blob` or `File`, or a `Response` that is on
 * its way. An address is relative to the document, whose `<base>` counts, or to the worker's
 * script.
 */
export type Source = string | URL | ArrayBuffer | SharedArrayBuffer | Uint8Array | Blob | Response;

/** How far loading has come. */
export interface LoadProgress {
  /** Fetching the WebAssembly, fetching the file, making it ready to run, done. */
  phase: "wasm" | "model" | "compile" | "ready";
  /** Bytes so far, 0 in phases that fetch nothing. */
  loaded: number;
  /**
   * Bytes in all, where they are known: a server may not say, send them compressed, or be of
   * another origin, which hides whether it does.
   */
  total?: number;
}

/** Options of what loads a detector. */
export interface LoadOptions {
  /** Called at the beginning of each phase and as bytes arrive. */
  onProgress?: (progress: LoadProgress) => void;
  /**
   * Cancels the download and all that would follow; the promise is then rejected with the signal's
   * reason.
   */
  signal?: AbortSignal;
  /**
   * Keeps a fetched file that could be loaded in the browser's Cache API (cache `she-ood`), from
   * where the next visit takes it without asking the network. Give `integrity` too where the file
   * may change under its address. A kept file that does not load is fetched again.
   * Where there is no such cache, the file is fetched.
   */
  cache?: boolean;
  /**
   * The file's hash as in `<script integrity>`: `sha256-`, `sha384-` or `sha512-` and base64; of
   * several, with spaces between, the strongest count. A file that differs is refused; a kept one
   * is fetched anew.
   */
  integrity?: string;
  /** What the file and the model in it may take at most. */
  limits?: Limits;
}

/**
 * What a file and the model in it may take at most: a model that asks for more is refused with
 * `too-large`, before anything is made of it. The defaults are far above what classifiers take that
 * run on a device.
 */
export interface Limits {
  /** Bytes of the file: 512 MiB. */
  bytes?: number;
  /** Nodes of the model's graph: 20,000. */
  nodes?: number;
  /** Values of all tensors together that the model makes of one sample: 2^28, a gigabyte. */
  values?: number;
}

const LIMITS: readonly string[] = ["bytes", "nodes", "values"] satisfies (keyof Limits)[];

/** Bytes of a file unless {@linkcode Limits} say otherwise. */
const MOST_BYTES = 2 ** 29;

/** Tells `onProgress` of the bytes of a phase. */
export function progressCounter(
  phase: LoadProgress["phase"],
  { onProgress }: LoadOptions,
): Counter {
  return (loaded, total) => onProgress?.({ phase, loaded, ...(total !== undefined && { total }) });
}

/** All bytes of a source; `what` names it in errors. */
export async function bytesOf(source: Source, what: string, options: LoadOptions): Promise<Bytes> {
  checkAborted(options.signal);
  const hashes = wanted(options.integrity);
  const check = sizeCheck(what, limit("bytes", options) ?? MOST_BYTES);
  const count = progressCounter("model", options);
  const limited: Counter = (loaded, total) => {
    check(Math.max(loaded, total ?? 0));
    count(loaded, total);
  };
  limited(0);
  check(sizeOf(source));
  const bytes = await given(source, what, options.signal, limited);
  check(bytes.length);
  checkAborted(options.signal);
  await verify(bytes, what, hashes);
  return bytes;
}

/** A limit, where one was given. */
export function limit(name: keyof Limits, { limits }: LoadOptions): number | undefined {
  const all = optionsOf(limits);
  const unknown = Object.keys(all).find((key) => !LIMITS.includes(key));
  if (unknown !== undefined)
    throw new SheError(
      "invalid-option",
      `there is no limit ${shown(unknown)}, allowed: ${LIMITS.join(", ")}`,
    );
  const given = all[name];
  if (given === undefined || (Number.isInteger(given) && given > 0 && given < 2 ** 32))
    return given;
  throw new SheError(
    "invalid-option",
    `the limit of ${name} is a whole number from 1 and below 2^32, not ${shown(given)}`,
  );
}

function sizeCheck(what: string, most: number): (bytes: number) => void {
  return (bytes) => {
    if (bytes > most)
      throw new SheError(
        "too-large",
        `${what} has ${bytes} bytes, at most ${most} are allowed: the limits are options`,
      );
  };
}

/** Number of bytes, as far as it is known at once. */
function sizeOf(source: Source): number {
  if (isBlob(source)) return source.size;
  return isBytes(source) || isBuffer(source) ? source.byteLength : 0;
}

/** The bytes of a source, as a copy that stays as it is for as long as something is made of it. */
export async function given(
  source: unknown,
  what: string,
  signal: AbortSignal | null | undefined,
  count: Counter,
): Promise<Bytes> {
  if (isAddress(source))
    return arrived(await fetched(absolute(source, what), what, signal), what, signal, count);
  if (isBytes(source) || isBuffer(source)) return copied(source, what);
  if (isBlob(source)) return new Uint8Array(await unlessAborted(read(source, what), signal));
  if (isResponse(source)) return bodyOf(answered(source, what), what, signal, count);
  throw new SheError(
    "input-kind",
    `${what} is loaded from a URL, an ArrayBuffer, a Uint8Array, a Blob or a Response, not from ${typeName(source)}`,
  );
}

async function arrived(
  answer: Response | Bytes,
  what: string,
  signal: AbortSignal | null | undefined,
  count: Counter,
): Promise<Bytes> {
  return isBytes(answer)
    ? (count(answer.length, answer.length), answer)
    : bodyOf(answer, what, signal, count);
}

async function read(file: Blob, what: string): Promise<ArrayBuffer> {
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

function copied(
  source: Uint8Array | Uint8ClampedArray | ArrayBuffer | SharedArrayBuffer,
  what: string,
): Bytes {
  try {
    return new Uint8Array(isBuffer(source) ? new Uint8Array(source) : source);
  } catch (cause) {
    throw new SheError(
      "input-kind",
      `${what}: these bytes cannot be read, as after they were handed to someone else: ${String(cause)}`,
      { cause },
    );
  }
}
