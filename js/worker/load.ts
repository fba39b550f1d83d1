import { beside } from "../beside.js";
import { SheError } from "../error.js";
import { madeOf } from "../kept.js";
import { forgetModule, wasmModule } from "../module.js";
import { type LoadOptions, type LoadProgress, type Source, counter } from "../source.js";
import type { Call } from "./link.js";
import { Pool, untilTerminated } from "./pool.js";

/** Options of what loads a detector or model into workers. */
export interface WorkerOptions extends LoadOptions {
  /**
   * The most workers that are at work at a time, from 1; unless given, one for each core, four at
   * most. They are started as there is work for them, and each holds the WebAssembly and the model.
   */
  workers?: number;
  /**
   * Milliseconds that a worker may take over one call, over loading the detector or over some
   * samples of a batch: 60,000 unless given, `Infinity` for no limit. One that takes longer is
   * ended and replaced, and the call is rejected with `timeout`.
   */
  timeout?: number;
}

/** The WebAssembly, compiled once for all workers. */
export function module(options: WorkerOptions): Promise<WebAssembly.Module> {
  return untilTerminated(options.signal, (signal) => wasmModule({ ...options, signal }, beside));
}

/**
 * Fetches a file and the WebAssembly side by side, and has workers make something of both; `what`
 * names the file in errors.
 */
export function loaded<T>(
  source: Source,
  what: string,
  options: WorkerOptions,
  make: (module: WebAssembly.Module, file: Blob, options: WorkerOptions) => Promise<T>,
): Promise<T> {
  return untilTerminated(options.signal, async (signal) => {
    const within = { ...options, signal };
    const module = wasmModule(within, beside);
    const file = madeOf(source, what, within, async (bytes) =>
      make(await module, new Blob([bytes]), within),
    );
    const [result] = await Promise.all([file, module]);
    return result;
  });
}

/**
 * A pool of workers that begin with this call, and what it gives; tells of the last phases of
 * loading.
 */
export async function opened<T>(
  module: WebAssembly.Module,
  setup: Call,
  options: WorkerOptions,
): Promise<[Pool, T]> {
  const phase = (name: LoadProgress["phase"]) => counter(name, options)(0);
  phase("compile");
  const [pool, value] = await Pool.open<T>(
    [{ name: "init", args: [module] }, setup],
    options,
  ).catch((error: unknown) => {
    // The next load is to fetch WebAssembly that can be started.
    if (error instanceof SheError && error.code === "load-failed") forgetModule();
    throw error;
  });
  try {
    phase("ready");
  } catch (error) {
    pool.close("disposed");
    throw error;
  }
  return [pool, value];
}
