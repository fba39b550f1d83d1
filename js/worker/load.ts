import { beside } from "../beside.js";
import { count, number } from "../call/checks.js";
import { SheError } from "../error.js";
import { externalDataOf, type Part, type WeightsReader, withWeights } from "../file/external.js";
import { loadFile } from "../file/kept.js";
import type { Bytes } from "../file/response.js";
import {
  type LoadOptions,
  type LoadProgress,
  progressCounter,
  type Source,
} from "../file/source.js";
import type { WithExternalData } from "../wasm/load.js";
import { engine } from "../wasm/module.js";
import type { Call } from "./link.js";
import { Pool, untilTerminated } from "./pool.js";

/** Options for loading a detector or model into workers. */
export interface WorkerOptions extends LoadOptions {
  /**
   * Most workers at a time, from 1; by default one for each core, and four at most. They start when
   * there is work for them, and each holds the WebAssembly and the model.
   */
  workers?: number;
  /**
   * Milliseconds that a worker may take over one call, over loading the detector or over some
   * samples of a batch: 60,000 by default, `Infinity` for no limit. After that the call rejects
   * with `timeout`, and another worker replaces the one that took too long.
   */
  timeout?: number;
}

/** The WebAssembly, compiled once for all workers. */
export function wasmModule(options: WorkerOptions): Promise<WebAssembly.Module> {
  return untilTerminated(options.signal, (signal) => engineModule({ ...options, signal }));
}

/** From beside the package's modules unless {@linkcode init} says otherwise. */
function engineModule(options: WorkerOptions): Promise<WebAssembly.Module> {
  engine.setUsual(beside);
  return engine.module(options);
}

/** Finds weights in other files in a worker: the page's side has no WebAssembly at work. */
class RemoteReader implements WeightsReader {
  readonly #module: WebAssembly.Module;
  readonly #options: WorkerOptions;

  constructor(module: WebAssembly.Module, options: WorkerOptions) {
    this.#module = module;
    this.#options = options;
  }

  externalFiles(model: Bytes): Promise<string[]> {
    return this.#ask("externalFiles", model);
  }

  partsWithWeights(
    model: Bytes,
    names: string[],
    sizes: number[],
    heads: Bytes[],
  ): Promise<Part[]> {
    return this.#ask("partsWithWeights", model, names, sizes, heads);
  }

  /** Runs one call in a worker of its own. */
  async #ask<T>(name: string, model: Bytes, ...args: unknown[]): Promise<T> {
    const setup = [
      { name: "init", args: [this.#module] },
      { name, args: [new Blob([model]), ...args] },
    ];
    const [pool, value] = await Pool.open<T>(setup, { ...this.#options, workers: 1 });
    pool.close("disposed");
    return value;
  }
}

/** Check of a timeout, which may be infinite. */
export const timeout = /* @__PURE__ */ number(
  "milliseconds above 0, Infinity for no limit",
  (value) => value > 0,
);

/** Checks of the worker options. */
export const CREW = { workers: count, timeout };

/** The options without the worker options. */
export function withoutCrew<T extends WorkerOptions>({ workers, timeout, ...rest }: T) {
  return rest;
}

/** Limits on a model, as WebAssembly takes them. */
export function limitsOf({ limits }: LoadOptions): (number | undefined)[] {
  return [limits?.nodes, limits?.values];
}

/**
 * Fetches a file and the WebAssembly side by side, and has workers make something of both; `what`
 * names the file in errors.
 */
export function load<T>(
  source: Source,
  what: string,
  options: WorkerOptions & WithExternalData,
  make: (module: WebAssembly.Module, file: Blob, options: WorkerOptions) => Promise<T>,
): Promise<T> {
  const externalData = externalDataOf(options.externalData);
  return untilTerminated(options.signal, async (signal) => {
    const within = { ...options, signal };
    const module = engineModule(within);
    const file = loadFile(source, what, within, async (bytes) => {
      const compiled = await module;
      const reader = new RemoteReader(compiled, within);
      return withWeights(bytes, externalData, within, reader, (parts) =>
        make(compiled, new Blob(parts), within),
      );
    });
    const [result] = await Promise.all([file, module]);
    return result;
  });
}

/**
 * Opens a pool whose workers begin with this call; returns the pool and the call's result. Reports
 * the last phases of loading.
 */
export async function openPool<T>(
  module: WebAssembly.Module,
  setup: Call,
  options: WorkerOptions,
): Promise<[Pool, T]> {
  const reach = (phase: LoadProgress["phase"]) => progressCounter(phase, options)(0);
  reach("compile");
  const [pool, value] = await Pool.open<T>(
    [{ name: "init", args: [module] }, setup],
    options,
  ).catch((error: unknown) => {
    // Fetch WebAssembly that can be started at the next load.
    if (error instanceof SheError && error.code === "load-failed") engine.forget();
    throw error;
  });
  try {
    reach("ready");
  } catch (error) {
    pool.close("disposed");
    throw error;
  }
  return [pool, value];
}
