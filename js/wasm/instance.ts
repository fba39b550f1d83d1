import { madeByNew, SheError } from "../error.js";
import type { Bytes } from "../file/response.js";
import { type ModelFile, __wbg_reset_state as resetInstance } from "../she_ood.js";
import { copyOut, type Held, moveIn } from "./file.js";
import { thrownError } from "./thrown.js";

/** Whether the last call crashed, which leaves WebAssembly in an unusable state. */
let crashed = false;
/** Number of crashes so far. */
let crashes = 0;

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
  const known = thrownError(cause);
  if (known) return known;
  crashed = true;
  crashes++;
  return new SheError(
    "internal",
    `WebAssembly crashed over this call and restarts for the next: ${String(cause)}`,
    { cause },
  );
}

/** Makes an object in WebAssembly of a file. */
export type Create<T> = (file: ModelFile) => T;

/**
 * Handle on an object in WebAssembly memory, which recreates it after a reset. Its file is in that
 * memory alone, and is read from there even after a crash.
 */
export abstract class Handle<T extends { free(): void; file(): Held }> {
  readonly #create: Create<T>;
  #object: T | undefined;
  #held: Held | undefined;
  #crashes: number;

  /**
   * Of the parts of its file, which are taken, or of an object.
   *
   * @internal
   */
  constructor(create: Create<T>, from: Bytes[] | T) {
    if (typeof create !== "function") throw madeByNew(new.target);
    this.#create = create;
    const object = Array.isArray(from) ? guarded(() => create(moveIn(from))) : from;
    this.#object = object;
    this.#held = guarded(() => object.file());
    this.#crashes = crashes;
  }

  /**
   * The object in WebAssembly.
   *
   * @internal
   */
  protected get wasm(): T {
    if (!this.#object) throw disposed();
    if (this.#crashes !== crashes) {
      const file = this.file();
      const object = guarded(() => this.#create(moveIn([file])));
      this.#object = object;
      this.#held = guarded(() => object.file());
      this.#crashes = crashes;
    }
    return this.#object;
  }

  /**
   * A copy of its file.
   *
   * @internal
   */
  protected file(): Bytes {
    if (!this.#held) throw disposed();
    return copyOut(this.#held);
  }

  /** Gives the memory back. The object cannot be used afterwards; a second call does nothing. */
  dispose(): void {
    const object = this.#object;
    this.#object = undefined;
    this.#held = undefined;
    // A reset has dropped it already.
    if (this.#crashes === crashes) guarded(() => object?.free());
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function disposed(): SheError {
  return new SheError("disposed", "this object was disposed: load or create another to go on");
}
