import { optionsOf } from "../call/options.js";
import { SheError } from "../error.js";
import type { LoadOptions } from "../file/source.js";
import instantiate, { __wbg_reset_state as resetInstance } from "../she_ood_scorer.js";
import { Binary, type WasmSource } from "../wasm/module.js";
import { Starter } from "../wasm/start.js";
import { thrownError } from "../wasm/thrown.js";
import { beside } from "./beside.js";

const binary = /* @__PURE__ */ new Binary("she_ood_scorer_bg.wasm", beside);
const starter = /* @__PURE__ */ new Starter(binary, instantiate);

/** Whether the last call crashed, which leaves WebAssembly in an unusable state. */
let crashed = false;
/** Number of crashes so far. */
let crashes = 0;

/**
 * Loads the WebAssembly of `she-ood/scorer` from another place than beside the package's modules:
 * call it first.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is not that WebAssembly;
 * the signal's reason when aborted.
 */
export async function init(
  source: WasmSource,
  options?: Pick<LoadOptions, "onProgress" | "signal">,
): Promise<void> {
  binary.setSource(source);
  await ready(optionsOf(options));
}

/** Loads and starts the WebAssembly. */
export function ready(options: LoadOptions): Promise<void> {
  return starter.ready(options);
}

/** Calls WebAssembly, in a fresh instance after a crash; anything it throws is a SheError. */
export function guarded<T>(call: () => T): T {
  try {
    if (crashed) resetInstance();
    crashed = false;
    return call();
  } catch (cause) {
    const known = thrownError(cause);
    if (known) throw known;
    crashed = true;
    crashes++;
    throw lost(`WebAssembly crashed over this call: ${String(cause)}`, cause);
  }
}

/** An object in WebAssembly memory, which is lost with that memory. */
export class Held<T extends { free(): void }> {
  #object: T | undefined;
  readonly #crashes = crashes;

  constructor(object: T) {
    this.#object = object;
  }

  get object(): T {
    if (!this.#object)
      throw new SheError("disposed", "this object was disposed: load another to go on");
    if (this.#crashes !== crashes) throw lost("WebAssembly crashed over another call");
    return this.#object;
  }

  free(): void {
    const object = this.#object;
    this.#object = undefined;
    if (this.#crashes === crashes) guarded(() => object?.free());
  }
}

function lost(reason: string, cause?: unknown): SheError {
  return new SheError("internal", `${reason}; load the scorer again to go on`, { cause });
}
