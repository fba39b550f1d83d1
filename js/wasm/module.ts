import { checkAborted, unlessAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import {
  absoluteUrl,
  type Bytes,
  type Counter,
  checkResponse,
  concatenate,
  failure,
  fetchFile,
  readChunks,
} from "../file/response.js";
import { type LoadOptions, progressCounter, readSource, type Source } from "../file/source.js";
import { isAddress, isModule, isResponse } from "../input/realm.js";

const WHAT = "she_ood_bg.wasm";
/** First bytes of every WebAssembly file. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** The one download of the WebAssembly, under way or done, and its waiting calls. */
interface Download {
  done: Promise<WebAssembly.Module>;
  finished: boolean;
  counters: Set<Counter>;
  controller: AbortController;
}

let download: Download | undefined;

/** Where the WebAssembly comes from: its address, bytes or a `Response`, or compiled already. */
export type WasmSource = Source | WebAssembly.Module;

let locate: (() => WasmSource) | undefined;

/** Returns `value`; sets the default WebAssembly source. */
export function withSource<T>(source: () => WasmSource, value: T): T {
  locate ??= source;
  return value;
}

/** Sets the WebAssembly source, unless the download has begun. */
export function setSource(source: WasmSource): void {
  if (!download) locate = () => source;
}

/**
 * Fetches and compiles the WebAssembly once, however many calls wait for it. After a failure the
 * next call tries again; when all waiting calls are aborted, so is the download. `usual` is the
 * default source.
 */
export async function wasmModule(
  options: LoadOptions,
  usual?: () => WasmSource,
): Promise<WebAssembly.Module> {
  const { signal } = options;
  locate ??= usual;
  checkAborted(signal);
  const tell = progressCounter("wasm", options);
  tell(0);
  download ??= begin();
  const shared = download;
  let fail!: (reason: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  // A callback that throws fails its own call only: others share the download.
  const count: Counter = (loaded, total) => {
    try {
      tell(loaded, total);
    } catch (error) {
      fail(error);
    }
  };
  shared.counters.add(count);
  try {
    return await unlessAborted(Promise.race([shared.done, failed]), signal);
  } finally {
    shared.counters.delete(count);
    if (signal?.aborted && shared.counters.size === 0 && !shared.finished) {
      forget(shared);
      shared.controller.abort(signal.reason);
    }
  }
}

function begin(): Download {
  const controller = new AbortController();
  const counters = new Set<Counter>();
  const done = run(controller.signal, (loaded, total) => {
    for (const count of counters) count(loaded, total);
  });
  const made = { done, finished: false, counters, controller };
  done.then(
    () => (made.finished = true),
    () => forget(made),
  );
  return made;
}

/** Makes the next call fetch it again, because this module could not be started. */
export function forgetModule(): void {
  download = undefined;
}

function forget(failed: Download): void {
  if (download === failed) download = undefined;
}

async function run(signal: AbortSignal, count: Counter): Promise<WebAssembly.Module> {
  try {
    if (!locate)
      throw new SheError(
        "load-failed",
        `${WHAT} has no address yet: await init() with its address or bytes first`,
      );
    return checkOwn(await moduleFrom(locate(), signal, count));
  } catch (cause) {
    throw failure(cause, `${WHAT} could not be loaded`, signal);
  }
}

/** Returns this package's module; refuses any other, which would fail half started. */
function checkOwn(module: WebAssembly.Module): WebAssembly.Module {
  if (WebAssembly.Module.exports(module).some(({ name }) => name === "__wbindgen_start"))
    return module;
  throw new SheError("load-failed", `${WHAT} is WebAssembly of something else than this package`);
}

async function moduleFrom(
  source: WasmSource,
  signal: AbortSignal,
  count: Counter,
): Promise<WebAssembly.Module> {
  if (typeof WebAssembly === "undefined")
    throw new SheError(
      "load-failed",
      "there is no WebAssembly here: it is switched off, or the browser is too old",
    );
  if (isModule(source)) return source;
  const there = isAddress(source)
    ? await fetchFile(absoluteUrl(source, WHAT), WHAT, signal)
    : source;
  if (isResponse(there)) return compileArriving(checkResponse(there, WHAT), count);
  const bytes = await readSource(there, WHAT, signal, count);
  count(bytes.length, bytes.length);
  return compile(bytes);
}

/** Compiles WebAssembly while it arrives, if the server declares it as such. */
async function compileArriving(response: Response, count: Counter): Promise<WebAssembly.Module> {
  const type = response.headers.get("content-type");
  const parts = readChunks(response, count);
  const whole = async () =>
    compile(
      await concatenate(parts),
      response.url && ` from ${response.url}`,
      `is served as ${type ?? "no type"} and `,
    );
  if (type !== "application/wasm" || !WebAssembly.compileStreaming) return whole();
  let begun = false;
  const pull = async (controller: ReadableStreamDefaultController<Bytes>) => {
    begun = true;
    const { done, value } = await parts.next();
    if (done) controller.close();
    else controller.enqueue(value);
  };
  try {
    const body = new ReadableStream({ pull }, { highWaterMark: 0 });
    return await WebAssembly.compileStreaming(
      new Response(body, { headers: { "content-type": type } }),
    );
  } catch (error) {
    // WebAssembly does not accept a test environment's Response, and reads nothing of it.
    if (begun) throw error;
    return whole();
  }
}

/** Compiles bytes; `from` and `served` say in errors where they come from, and as which type. */
function compile(bytes: Bytes, from = "", served = ""): Promise<WebAssembly.Module> {
  if (MAGIC.every((byte, i) => bytes[i] === byte)) return WebAssembly.compile(bytes);
  const head = [...bytes.subarray(0, 4)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
  throw new SheError(
    "load-failed",
    `${WHAT}${from} is not WebAssembly: it ${served}begins with ${head}`,
  );
}
