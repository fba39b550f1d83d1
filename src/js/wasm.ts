import instantiate from "./she_ood.js";
import { SheError } from "./error.js";
import { type Counter, type LoadOptions, absolute, aborted, answered, counted, counter, failure, fetched } from "./source.js";

const WHAT = "she_ood_bg.wasm";
/** First bytes of every WebAssembly file. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** The one start of the WebAssembly, under way or done, and the calls that wait for it. */
interface Start {
  done: Promise<unknown>;
  ready: boolean;
  counters: Set<Counter>;
  controller: AbortController;
}

let start: Start | undefined;

/** Where the WebAssembly comes from: its address, bytes or a `Response`, or compiled already. */
export type WasmSource = string | URL | Response | ArrayBuffer | Uint8Array<ArrayBuffer> | WebAssembly.Module;

let locate: (() => WasmSource) | undefined;

/** Gives back `value`, for whose sake the WebAssembly is to be taken from there, unless another place was named before. */
export function found<T>(source: () => WasmSource, value: T): T {
  locate ??= source;
  return value;
}

/**
 * Says where the WebAssembly is and loads it. Needed for `she-ood/slim`; elsewhere it takes the place of what the package would fetch,
 * if it is called first.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is no WebAssembly; the signal's reason when aborted.
 */
export async function init(source: WasmSource, options: Pick<LoadOptions, "onProgress" | "signal"> = {}): Promise<void> {
  if (!start) locate = () => source;
  await wasmReady(options);
}

/**
 * Loads the WebAssembly once, however many calls wait for it; after a failure the next call tries again. It is cancelled when all
 * that wait for it are.
 */
export async function wasmReady(options: LoadOptions): Promise<void> {
  const { signal } = options;
  signal?.throwIfAborted();
  const count = counter("wasm", options);
  count(0);
  const shared = (start ??= begin());
  shared.counters.add(count);
  try {
    await (signal ? Promise.race([shared.done, aborted(signal)]) : shared.done);
  } finally {
    shared.counters.delete(count);
    if (signal?.aborted && shared.counters.size === 0 && !shared.ready) {
      forget(shared);
      shared.controller.abort(signal.reason);
    }
  }
}

/** Refuses what needs the WebAssembly and cannot wait for it. */
export function checkReady(): void {
  if (!start?.ready) throw new SheError("load-failed", "the WebAssembly is not there yet: load or fit a detector first");
}

function begin(): Start {
  const controller = new AbortController();
  const counters = new Set<Counter>();
  const done = run(controller.signal, (loaded, total) => counters.forEach((count) => count(loaded, total)));
  const made = { done, ready: false, counters, controller };
  done.then(() => (made.ready = true), () => forget(made));
  return made;
}

function forget(failed: Start): void {
  if (start === failed) start = undefined;
}

async function run(signal: AbortSignal, count: Counter): Promise<void> {
  try {
    if (!locate) throw new SheError("load-failed", `nobody said where ${WHAT} is: await init() with its address or bytes first`);
    await instantiate({ module_or_path: await moduleOf(locate(), signal, count) });
  } catch (cause) {
    throw failure(cause, `${WHAT} could not be loaded`, signal);
  }
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
