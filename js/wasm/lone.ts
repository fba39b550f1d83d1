import { optionsOf, PROGRESS } from "../call/options.js";
import { SheError } from "../error.js";
import type { LoadOptions } from "../file/source.js";
import type { Binary, WasmSource } from "./module.js";
import { type Instantiate, Starter } from "./start.js";
import { thrownError } from "./thrown.js";

/**
 * The one instance of a WebAssembly that keeps no files: after a crash a fresh one takes calls, but
 * what lived in the old one is lost.
 */
export class LoneInstance {
  readonly #binary: Binary;
  readonly #starter: Starter;
  readonly #reset: () => void;
  /** Whether the last call crashed, which leaves WebAssembly in an unusable state. */
  #crashed = false;
  /** Number of crashes so far. */
  #crashes = 0;

  constructor(binary: Binary, instantiate: Instantiate, reset: () => void) {
    this.#binary = binary;
    this.#starter = new Starter(binary, instantiate);
    this.#reset = reset;
  }

  /** Loads and starts the WebAssembly from another place than beside the package's modules. */
  async init(
    source: WasmSource,
    options?: Pick<LoadOptions, "onProgress" | "signal">,
  ): Promise<void> {
    this.#binary.setSource(source);
    await this.ready(optionsOf(options, PROGRESS));
  }

  /** Loads and starts the WebAssembly. */
  ready(options: LoadOptions): Promise<void> {
    return this.#starter.ready(options);
  }

  /** Calls WebAssembly, in a fresh instance after a crash; anything it throws is a SheError. */
  guarded<T>(call: () => T): T {
    try {
      if (this.#crashed) this.#reset();
      this.#crashed = false;
      return call();
    } catch (cause) {
      const known = thrownError(cause);
      if (known) throw known;
      this.#crashed = true;
      this.#crashes++;
      throw lost(`WebAssembly crashed over this call: ${String(cause)}`, cause);
    }
  }

  /** Holds an object in WebAssembly memory, which is lost with that memory. */
  hold<T extends { free(): void }>(object: T): Held<T> {
    const made = this.#crashes;
    return new Held(object, () => this.#crashes === made);
  }
}

/** An object in WebAssembly memory. */
export class Held<T extends { free(): void }> {
  #object: T | undefined;
  readonly #lives: () => boolean;

  constructor(object: T, lives: () => boolean) {
    this.#object = object;
    this.#lives = lives;
  }

  get object(): T {
    if (!this.#object)
      throw new SheError("disposed", "this object was disposed: load another to go on");
    if (!this.#lives()) throw lost("WebAssembly crashed over another call");
    return this.#object;
  }

  free(): void {
    const object = this.#object;
    this.#object = undefined;
    if (this.#lives()) object?.free();
  }
}

function lost(reason: string, cause?: unknown): SheError {
  return new SheError("internal", `${reason}; load it again to go on`, { cause });
}
