import init from "./she_ood.js";
import { SheError } from "./error.js";
import { type Counter, type LoadOptions, aborted, counted, failure, fetched } from "./source.js";

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

/**
 * Loads the WebAssembly once, however many calls wait for it; after a failure the next call tries again. It is cancelled when all
 * that wait for it are.
 */
export async function wasmReady({ signal, onProgress }: LoadOptions = {}): Promise<void> {
  signal?.throwIfAborted();
  const count: Counter = (loaded, total) => onProgress?.({ phase: "wasm", loaded, ...(total !== undefined && { total }) });
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
    const response = await fetched(new URL("she_ood_bg.wasm", import.meta.url), WHAT, signal);
    await init({ module_or_path: await compiled(response, count) });
  } catch (cause) {
    throw failure(cause, `${WHAT} could not be loaded`, signal);
  }
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
