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

/** First bytes of every WebAssembly file. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];

/** The one download of a WebAssembly, under way or done, and its waiting calls. */
interface Download {
  done: Promise<WebAssembly.Module>;
  finished: boolean;
  counters: Set<Counter>;
  controller: AbortController;
}

/** Where a WebAssembly comes from: its address, bytes or a `Response`, or compiled already. */
export type WasmSource = Source | WebAssembly.Module;

/** One of the package's WebAssembly files: finds it, and downloads it once at most. */
export class Binary {
  readonly #name: string;
  #locate: (() => WasmSource) | undefined;
  #download: Download | undefined;

  /** `usual` is the default source. */
  constructor(name: string, usual?: () => WasmSource) {
    this.#name = name;
    this.#locate = usual;
  }

  /** Sets the default source, unless there is one. */
  setUsual(source: () => WasmSource): void {
    this.#locate ??= source;
  }

  /** Sets the source, unless the download has begun. */
  setSource(source: WasmSource): void {
    if (!this.#download) this.#locate = () => source;
  }

  /**
   * Fetches and compiles the WebAssembly once, however many calls wait for it. After a failure the
   * next call tries again; when all waiting calls are aborted, so is the download.
   */
  async module(options: LoadOptions): Promise<WebAssembly.Module> {
    const { signal } = options;
    checkAborted(signal);
    const tell = progressCounter("wasm", options);
    tell(0);
    this.#download ??= this.#begin();
    const shared = this.#download;
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
        this.#forget(shared);
        shared.controller.abort(signal.reason);
      }
    }
  }

  /** Makes the next call fetch it again, because this module could not be started. */
  forget(): void {
    this.#download = undefined;
  }

  #begin(): Download {
    const controller = new AbortController();
    const counters = new Set<Counter>();
    const done = this.#run(controller.signal, (loaded, total) => {
      for (const count of counters) count(loaded, total);
    });
    const made = { done, finished: false, counters, controller };
    done.then(
      () => (made.finished = true),
      () => this.#forget(made),
    );
    return made;
  }

  #forget(failed: Download): void {
    if (this.#download === failed) this.#download = undefined;
  }

  async #run(signal: AbortSignal, count: Counter): Promise<WebAssembly.Module> {
    const what = this.#name;
    try {
      if (!this.#locate)
        throw new SheError(
          "load-failed",
          `${what} has no address yet: await init() with its address or bytes first`,
        );
      return checkOwn(await moduleFrom(this.#locate(), what, signal, count), what);
    } catch (cause) {
      throw failure(cause, `${what} could not be loaded`, signal);
    }
  }
}

/** The WebAssembly with the engine. */
export const engine = /* @__PURE__ */ new Binary("the WebAssembly");

/** Returns `value`; sets the default WebAssembly source. */
export function withSource<T>(source: () => WasmSource, value: T): T {
  engine.setUsual(source);
  return value;
}

/** Returns this package's module; refuses any other, which would fail half started. */
function checkOwn(module: WebAssembly.Module, what: string): WebAssembly.Module {
  if (WebAssembly.Module.exports(module).some(({ name }) => name === "__wbindgen_start"))
    return module;
  throw new SheError(
    "load-failed",
    `${what} is not this package's WebAssembly: give the one beside its modules`,
  );
}

async function moduleFrom(
  source: WasmSource,
  what: string,
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
    ? await fetchFile(absoluteUrl(source, what), what, signal)
    : source;
  if (isResponse(there)) return compileArriving(checkResponse(there, what), what, count);
  const bytes = await readSource(there, what, signal, count);
  count(bytes.length, bytes.length);
  return compile(bytes, what);
}

/** Compiles WebAssembly while it arrives, if the server declares it as such. */
async function compileArriving(
  response: Response,
  what: string,
  count: Counter,
): Promise<WebAssembly.Module> {
  const type = response.headers.get("content-type");
  const parts = readChunks(response, count);
  const whole = async () =>
    compile(
      await concatenate(parts),
      what,
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
function compile(bytes: Bytes, what: string, from = "", served = ""): Promise<WebAssembly.Module> {
  if (MAGIC.every((byte, i) => bytes[i] === byte)) return WebAssembly.compile(bytes);
  const head = [...bytes.subarray(0, 4)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join(" ");
  throw new SheError(
    "load-failed",
    `${what}${from} is not WebAssembly: it ${served}begins with ${head}`,
  );
}
