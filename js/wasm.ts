import instantiate, { __wbg_reset_state as startAnew } from "./she_ood.js";
import { SheError } from "./error.js";
import { type WasmSource, forgetModule, named, wasmModule } from "./module.js";
import { checkAborted } from "./abort.js";
import { optionsOf } from "./options.js";
import { failure } from "./response.js";
import type { LoadOptions } from "./source.js";

/** The one instance of the WebAssembly, under way or done. */
let instance: Promise<void> | undefined;
/**
 * Whether the instance has failed: WebAssembly stops where it is, and is in no state to go on with.
 */
let failed = false;
/** How many have failed so far. */
let failures = 0;

/**
 * Says where the WebAssembly is and loads it. Needed for `she-ood/slim`; elsewhere it takes the
 * place of what the package would fetch, if it is called first.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is no WebAssembly; the signal's reason when aborted.
 */
export async function init(
  source: WasmSource,
  options?: Pick<LoadOptions, "onProgress" | "signal">,
): Promise<void> {
  named(source);
  await wasmReady(optionsOf(options));
}

/**
 * Loads and starts the WebAssembly once, however many calls wait for it; after a failure the next
 * call tries again.
 */
export async function wasmReady(options: LoadOptions): Promise<void> {
  checkCoders();
  const module = await wasmModule(options);
  await (instance ??= started(module));
  checkAborted(options.signal);
}

/** WebAssembly's strings need both, which jsdom alone does not have. */
function checkCoders(): void {
  if (typeof TextDecoder !== "undefined" && typeof TextEncoder !== "undefined") return;
  throw new SheError(
    "load-failed",
    `there is no TextDecoder or TextEncoder here: set both on globalThis first, in Node from "node:util"`,
  );
}

async function started(module: WebAssembly.Module): Promise<void> {
  try {
    await instantiate({ module_or_path: module });
  } catch (cause) {
    instance = undefined;
    forgetModule();
    throw failure(cause, "the WebAssembly could not be started");
  }
}

/**
 * Runs a call into WebAssembly, in an instance that has not failed, and turns what it throws into a
 * {@linkcode SheError}.
 */
export function guarded<T>(call: () => T): T {
  try {
    if (failed) startAnew();
    failed = false;
    return call();
  } catch (cause) {
    // What WebAssembly throws is an Error with a code, and becomes one of the class.
    if (cause instanceof SheError)
      throw Object.getPrototypeOf(cause) === Error.prototype
        ? new SheError(cause.code, cause.message)
        : cause;
    // What the glue throws before it calls: an array whose buffer was handed to someone else, say.
    if (cause instanceof TypeError)
      throw new SheError("input-kind", `this input cannot be read: ${cause.message}`, { cause });
    failed = true;
    failures++;
    throw new SheError(
      "internal",
      `WebAssembly failed over this, and is started anew for what comes next: ${String(cause)}`,
      { cause },
    );
  }
}

/** Something in WebAssembly memory, which is made anew where that memory was lost. */
export class Held<T extends { free(): void }> {
  readonly #make: () => T;
  readonly #disposed: string;
  #value: T | undefined;
  #failures = failures;

  /**
   * Holds `value`, which `make` makes again; `disposed` says what to do when it is asked for after
   * the end.
   */
  constructor(disposed: string, make: () => T, value = guarded(make)) {
    this.#disposed = disposed;
    this.#make = make;
    this.#value = value;
  }

  get live(): T {
    if (!this.#value) throw new SheError("disposed", this.#disposed);
    if (this.#failures !== failures) {
      this.#value = guarded(this.#make);
      this.#failures = failures;
    }
    return this.#value;
  }

  /** Gives the memory back; a second call does nothing. */
  dispose(): void {
    const value = this.#value;
    this.#value = undefined;
    // What was lost cannot be given back.
    if (this.#failures === failures) guarded(() => value?.free());
  }
}
