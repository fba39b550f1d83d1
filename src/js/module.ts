import { unlessAborted } from "./abort.js";
import { SheError } from "./error.js";
import { type Counter, type LoadOptions, absolute, answered, counted, counter, failure, fetched } from "./source.js";

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
export type WasmSource = string | URL | Response | ArrayBuffer | Uint8Array<ArrayBuffer> | WebAssembly.Module;

let locate: (() => WasmSource) | undefined;

/** Gives back `value`, for whose sake the WebAssembly is to be taken from there, unless another place was named before. */
export function found<T>(source: () => WasmSource, value: T): T {
  locate ??= source;
  return value;
}

/** Has the WebAssembly taken from there, unless it is on its way already. */
export function named(source: WasmSource): void {
  if (!download) locate = () => source;
}

/**
 * Fetches and compiles the WebAssembly once, however many calls wait for it; after a failure the next call tries again. It is
 * cancelled when all that wait for it are. `usual` is where it is unless another place was named.
 */
export async function wasmModule(options: LoadOptions, usual?: () => WasmSource): Promise<WebAssembly.Module> {
  const { signal } = options;
  locate ??= usual;
  signal?.throwIfAborted();
  const tell = counter("wasm", options);
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
  const done = run(controller.signal, (loaded, total) => counters.forEach((count) => count(loaded, total)));
  const made = { done, there: false, counters, controller };
  done.then(() => (made.there = true), () => forget(made));
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
    if (!locate) throw new SheError("load-failed", `nobody said where ${WHAT} is: await init() with its address or bytes first`);
    return own(await moduleOf(locate(), signal, count));
  } catch (cause) {
    throw failure(cause, `${WHAT} could not be loaded`, signal);
  }
}

/** The module, which is this package's: another's would be half started before it fails. */
function own(module: WebAssembly.Module): WebAssembly.Module {
  if (WebAssembly.Module.exports(module).some(({ name }) => name === "__wbindgen_start")) return module;
  throw new SheError("load-failed", `${WHAT} is WebAssembly, but not that of this package`);
}

async function moduleOf(source: WasmSource, signal: AbortSignal, count: Counter): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source === "string" || source instanceof URL) return compiled(await fetched(absolute(source, WHAT), WHAT, signal), count);
  return compiled(source instanceof Response ? answered(source, WHAT) : new Response(source), count);
}

/** Compiled while it arrives, where the server says that it is WebAssembly. */
async function compiled(response: Response, count: Counter): Promise<WebAssembly.Module> {
  const type = response.headers.get("content-type");
  const body = counted(response, count);
  if (type === "application/wasm") return WebAssembly.compileStreaming(new Response(body, { headers: { "content-type": type } }));
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) {
    const head = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    throw new SheError("load-failed", `${WHAT} from ${response.url} is no WebAssembly: it is served as ${type ?? "no type"} and begins with ${head}`);
  }
  return WebAssembly.compile(bytes);
}
