import { type WasmSource, named } from "../module.js";
import { optionsOf } from "../options.js";
import type { LoadOptions } from "../source.js";
import { module } from "./load.js";

/**
 * Says where the WebAssembly is and loads it, in place of what would be fetched from beside the
 * package's modules, if it is called first.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is no WebAssembly; the signal's reason when aborted.
 */
export async function init(
  source: WasmSource,
  options?: Pick<LoadOptions, "onProgress" | "signal">,
): Promise<void> {
  named(source);
  await module(optionsOf(options));
}
