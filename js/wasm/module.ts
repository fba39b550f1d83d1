import { checkAborted, unlessAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import { isAddress, isModule, isResponse } from "../input/realm.js";
import {
  type Bytes,
  type Counter,
  absolute,
  answered,
  chunks,
  failure,
  fetched,
  gathered,
} from "../file/response.js";
import { type LoadOptions, type Source, given, progressCounter } from "../file/source.js";

const WHAT = "she_ood_bg.wasm";
/** First bytes of every WebAssembly file. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** The one download of the WebAssembly, under way or done, and the calls that wait for it. */
interface Download {
  done: Promise<WebAssembly.Module>;
  there: boolean;
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
 * Fetches and compiles the WebAssembly once, however many calls wait for it; after a failure the
 * next call tries again. It is cancelled when all that wait for it are. `usual` is where it is
 * unless another place was named.
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
  const shared = (download ??= begin());
  let fail!: (reason: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  // One that throws is its caller's own affair: the download is that of others too.
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
    if (signal?.aborted && shared.counters.size === 0 && !shared.there) {
      forget(shared);
      shared.controller.abort(signal.reason);
    }
  }
}

function begin(): Download {
  const controller = new AbortController();
  const counters = new Set<Counter>();
  const done = run(controller.signal, (loaded, total) =>
    counters.forEach((count) => count(loaded, total)),
  );
  const made = { done, there: false, counters, controller };
  done.then(
    () => (made.there = true),
    () => forget(made),
  );
  return made;
}

/** Has it fetched again, as what there is cannot be started. */
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
        `nobody said where ${WHAT} is: await init() with its address or bytes first`,
      );
    return own(await moduleOf(locate(), signal, count));
  } catch (cause) {
    throw failure(cause, `${WHAT} could not be loaded`, signal);
  }
}

/** The module, which is this package's: another's would be half started before it fails. */
function own(module: WebAssembly.Module): WebAssembly.Module {
  if (WebAssembly.Module.exports(module).some(({ name }) => name === "__wbindgen_start"))
    return module;
  throw new SheError("load-failed", `${WHAT} is WebAssembly, but not that of this package`);
}

async function moduleOf(
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
  const there = isAddress(source) ? await fetched(absolute(source, WHAT), WHAT, signal) : source;
  if (isResponse(there)) return arriving(answered(there, WHAT), count);
  const bytes = await given(there, WHAT, signal, count);
  count(bytes.length, bytes.length);
  return compiled(bytes);
}

/** Compiled while it arrives, where the server says that it is WebAssembly. */
async function arriving(response: Response, count: Counter): Promise<WebAssembly.Module> {
  const type = response.headers.get("content-type");
  const parts = chunks(response, count);
  const whole = async () =>
    compiled(
      await gathered(parts),
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
    // A test environment's Response is none to WebAssembly, which then reads nothing of it.
    if (begun) throw error;
    return whole();
  }
}

/** `from` and `served` say in errors where the bytes come from, and as what. */
function compiled(bytes: Bytes, from = "", served = ""): Promise<WebAssembly.Module> {
  if (MAGIC.every((byte, i) => bytes[i] === byte)) return WebAssembly.compile(bytes);
  const head = [...bytes.subarray(0, 4)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
  throw new SheError(
    "load-failed",
    `${WHAT}${from} is no WebAssembly: it ${served}begins with ${head}`,
  );
}
