import { checkAborted } from "../call/abort.js";
import { optionsOf } from "../call/options.js";
import { SheError } from "../error.js";
import type { LoadOptions } from "../file/source.js";
import { start } from "./instance.js";
import { forgetModule, setSource, type WasmSource, wasmModule } from "./module.js";

/** The start of the one instance, under way or done. */
let started: Promise<void> | undefined;

/**
 * Says where the WebAssembly is and loads it. Needed for `she-ood/slim`; with the other entries,
 * call it first to load the WebAssembly from another place.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is not this package's WebAssembly; the signal's reason when aborted.
 */
export async function init(
  source: WasmSource,
  options?: Pick<LoadOptions, "onProgress" | "signal">,
): Promise<void> {
  setSource(source);
  await wasmReady(optionsOf(options));
}

/**
 * Loads and starts the WebAssembly once, however many calls wait for it. After a failure the next
 * call tries again.
 */
export async function wasmReady(options: LoadOptions): Promise<void> {
  checkCoders();
  const module = await wasmModule(options);
  started ??= startOnce(module);
  await started;
  checkAborted(options.signal);
}

/** WebAssembly's strings need both, and jsdom alone has neither. */
function checkCoders(): void {
  if (typeof TextDecoder !== "undefined" && typeof TextEncoder !== "undefined") return;
  throw new SheError(
    "load-failed",
    `there is no TextDecoder or TextEncoder here: set both on globalThis first, in Node from "node:util"`,
  );
}

async function startOnce(module: WebAssembly.Module): Promise<void> {
  try {
    await start(module);
  } catch (error) {
    started = undefined;
    forgetModule();
    throw error;
  }
}
