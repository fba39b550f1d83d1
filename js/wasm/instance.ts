import { madeByNew, SheError } from "../error.js";
import instantiate, { __wbg_reset_state as resetInstance } from "../she_ood.js";

/** Whether the last call crashed, which leaves WebAssembly in an unusable state. */
let crashed = false;
/** Number of crashes so far. */
let crashes = 0;

/** Starts the one instance of the WebAssembly. */
export async function start(module: WebAssembly.Module): Promise<void> {
  try {
    await instantiate({ module_or_path: module });
  } catch (cause) {
    throw new SheError("load-failed", `the WebAssembly could not be started: ${String(cause)}`, {
      cause,
    });
  }
}

/** Calls WebAssembly, in a fresh instance after a crash; anything it throws is a SheError. */
export function guarded<T>(call: () => T): T {
  try {
    if (crashed) resetInstance();
    crashed = false;
    return call();
  } catch (cause) {
    throw errorOf(cause);
  }
}

function errorOf(cause: unknown): SheError {
  // WebAssembly throws a plain Error with a code.
  if (cause instanceof SheError)
    return Object.getPrototypeOf(cause) === Error.prototype
      ? new SheError(cause.code, cause.message)
      : cause;
  // Thrown by the glue before the call, for an array whose buffer was transferred, say.
  if (cause instanceof TypeError)
    return new SheError("input-kind", `this input cannot be read: ${cause.message}`, { cause });
  crashed = true;
  crashes++;
  return new SheError(
    "internal",
    `WebAssembly crashed over this call and restarts for the next: ${String(cause)}`,
    { cause },
  );
}

/** Handle on an object in WebAssembly memory, which recreates it after a reset. */
export abstract class Handle<T extends { free(): void }> {
  readonly #create: () => T;
  #object: T | undefined;
  #crashes: number;

  /** @internal */
  constructor(create: () => T, object?: T) {
    if (typeof create !== "function") throw madeByNew(new.target);
    this.#create = create;
    this.#object = object ?? guarded(create);
    this.#crashes = crashes;
  }

  /**
   * The object in WebAssembly.
   *
   * @internal
   */
  protected get wasm(): T {
    if (!this.#object)
      throw new SheError("disposed", "this object was disposed: load or create another to go on");
    if (this.#crashes !== crashes) {
      this.#object = guarded(this.#create);
      this.#crashes = crashes;
    }
    return this.#object;
  }

  /** Gives the memory back. The object cannot be used afterwards; a second call does nothing. */
  dispose(): void {
    const object = this.#object;
    this.#object = undefined;
    // A reset has dropped it already.
    if (this.#crashes === crashes) guarded(() => object?.free());
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
