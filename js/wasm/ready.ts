import { optionsOf, PROGRESS } from "../call/options.js";
import type { LoadOptions } from "../file/source.js";
import instantiate from "../she_ood.js";
import { engine, type WasmSource } from "./module.js";
import { Starter } from "./start.js";

const starter = /* @__PURE__ */ new Starter(engine, instantiate);

/**
 * Says where the WebAssembly is and loads it. Needed for `she-ood/slim`; with the other entries,
 * call it first to load the WebAssembly from another place.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is not this package's
 * WebAssembly; the signal's reason when aborted.
 */
export async function init(
  source: WasmSource,
  options?: Pick<LoadOptions, "onProgress" | "signal">,
): Promise<void> {
  engine.setSource(source);
  await wasmReady(optionsOf(options, PROGRESS));
}

/** Loads and starts the WebAssembly. */
export function wasmReady(options: LoadOptions): Promise<void> {
  return starter.ready(options);
}
