/**
 * `she-ood/worker`: the same API at work in web workers, every call a promise.
 *
 * {@linkcode Detector}, {@linkcode Fitter} and {@linkcode metrics} are those of `she-ood` by name, arguments and results;
 * {@linkcode terminate} ends all that is under way.
 *
 * @packageDocumentation
 */
/// <reference lib="esnext.disposable" preserve="true" />

import { beside } from "./beside.js";
import { type WasmSource, found, named, wasmModule } from "./module.js";
import type { LoadOptions } from "./source.js";
import * as detector from "./worker/detector.js";
import * as fitter from "./worker/fitter.js";
import { evaluate } from "./worker/metrics.js";

export { SheError } from "./error.js";
export type { WorkerOptions } from "./worker/detector.js";
export { terminate } from "./worker/pool.js";
export type * from "./slim.js";
export const Detector = /* @__PURE__ */ found(beside, detector.Detector);
export type Detector = detector.Detector;
export const Fitter = /* @__PURE__ */ found(beside, fitter.Fitter);
export type Fitter = fitter.Fitter;
export const metrics = /* @__PURE__ */ found(beside, { evaluate });

/**
 * Says where the WebAssembly is and loads it, in place of what would be fetched from beside the package's modules, if it is called first.
 *
 * @throws {@linkcode SheError} `load-failed` when it cannot be fetched or is no WebAssembly; the signal's reason when aborted.
 */
export async function init(source: WasmSource, options: Pick<LoadOptions, "onProgress" | "signal"> = {}): Promise<void> {
  named(source);
  await wasmModule(options);
}
