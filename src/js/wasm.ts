import instantiate from "./she_ood.js";
import { SheError } from "./error.js";
import { type WasmSource, forgetModule, named, wasmModule } from "./module.js";
import { type LoadOptions, failure } from "./source.js";

/** The one instance of the WebAssembly, under way or done. */
let instance: Promise<void> | undefined;
let ready = false;

/**
 * Says where the WebAssembly is and loads it. Needed for `she-ood/slim`; elsewhere it takes the place of what the package would fetch,
 * if it is called first.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is no WebAssembly; the signal's reason when aborted.
 */
export async function init(source: WasmSource, options: Pick<LoadOptions, "onProgress" | "signal"> = {}): Promise<void> {
  named(source);
  await wasmReady(options);
}

/** Loads and starts the WebAssembly once, however many calls wait for it; after a failure the next call tries again. */
export async function wasmReady(options: LoadOptions): Promise<void> {
  const module = await wasmModule(options);
  await (instance ??= started(module));
  options.signal?.throwIfAborted();
}

async function started(module: WebAssembly.Module): Promise<void> {
  try {
    await instantiate({ module_or_path: module });
    ready = true;
  } catch (cause) {
    instance = undefined;
    forgetModule();
    throw failure(cause, "the WebAssembly could not be started");
  }
}

/** Refuses what needs the WebAssembly and cannot wait for it. */
export function checkReady(): void {
  if (!ready) throw new SheError("load-failed", "the WebAssembly is not there yet: load or fit a detector first");
}
