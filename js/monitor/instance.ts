import type { LoadOptions } from "../file/source.js";
import instantiate, { __wbg_reset_state as resetInstance } from "../she_ood_monitor.js";
import { LoneInstance } from "../wasm/lone.js";
import { Binary, type WasmSource } from "../wasm/module.js";
import { beside } from "./beside.js";

/** The instance of the WebAssembly of monitors. */
export const instance = /* @__PURE__ */ new LoneInstance(
  /* @__PURE__ */ new Binary("she_ood_monitor_bg.wasm", beside),
  instantiate,
  resetInstance,
);

/**
 * Loads the WebAssembly of `she-ood/monitor` from another place than beside the package's modules:
 * call it first.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is not that WebAssembly;
 * the signal's reason when aborted.
 */
export const init = (
  source: WasmSource,
  options?: Pick<LoadOptions, "onProgress" | "signal">,
): Promise<void> => instance.init(source, options);
