import { checkAborted } from "../call/abort.js";
import { SheError } from "../error.js";
import type { LoadOptions } from "../file/source.js";
import type { Binary } from "./module.js";

/** The function of wasm-bindgen's module for a WebAssembly that starts its one instance. */
export type Instantiate = (options: { module_or_path: WebAssembly.Module }) => Promise<unknown>;

/** Starts the one instance of a WebAssembly. */
export async function start(instantiate: Instantiate, module: WebAssembly.Module): Promise<void> {
  try {
    await instantiate({ module_or_path: module });
  } catch (cause) {
    throw new SheError("load-failed", `the WebAssembly could not be started: ${String(cause)}`, {
      cause,
    });
  }
}

/** Starts the one instance of a WebAssembly once it is needed. */
export class Starter {
  readonly #binary: Binary;
  readonly #instantiate: Instantiate;
  /** The start, under way or done. */
  #started: Promise<void> | undefined;

  constructor(binary: Binary, instantiate: Instantiate) {
    this.#binary = binary;
    this.#instantiate = instantiate;
  }

  /**
   * Loads and starts it once, however many calls wait for it. After a failure the next call tries
   * again.
   */
  async ready(options: LoadOptions): Promise<void> {
    checkCoders();
    const module = await this.#binary.module(options);
    this.#started ??= this.#start(module);
    await this.#started;
    checkAborted(options.signal);
  }

  async #start(module: WebAssembly.Module): Promise<void> {
    try {
      await start(this.#instantiate, module);
    } catch (error) {
      this.#started = undefined;
      this.#binary.forget();
      throw error;
    }
  }
}

/** WebAssembly's strings need both, and jsdom alone has neither. */
function checkCoders(): void {
  if (typeof TextDecoder !== "undefined" && typeof TextEncoder !== "undefined") return;
  throw new SheError(
    "load-failed",
    "there is no TextDecoder or TextEncoder here: set both on globalThis first, in Node from " +
      `"node:util"`,
  );
}
