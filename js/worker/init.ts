import { optionsOf, PROGRESS } from "../call/options.js";
import type { LoadOptions } from "../file/source.js";
import { engine, type WasmSource } from "../wasm/module.js";
import { wasmModule } from "./load.js";

/**
 * Says where the WebAssembly is and loads it. Call it first to load the WebAssembly from another
 * place than beside the package's modules.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is not this package's
 * WebAssembly; the signal's reason when aborted.
 */
export async function init(
  source: WasmSource,
  options?: Pick<LoadOptions, "onProgress" | "signal">,
): Promise<void> {
  engine.setSource(source);
  await wasmModule(optionsOf(options, PROGRESS));
}
