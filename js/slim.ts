/**
 * Out-of-distribution detection for ONNX classifiers, on the device.
 *
 * Start with {@linkcode Detector}, {@linkcode Teacher} for classes that you show it, or
 * {@linkcode Fitter} for a classifier of your own. The package has three entries with all of this,
 * which differ in where the WebAssembly comes from: `she-ood` fetches it from beside its own
 * modules, or reads it from disk in Node; `she-ood/inline` has it inside; `she-ood/slim` is told by
 * {@linkcode init}. `she-ood/worker` has the same API off the main thread.
 * Importing does nothing by itself.
 *
 * @module she-ood
 */
/// <reference lib="esnext.disposable" preserve="true" />

export { Detector } from "./detector.js";
export { SheError, type SheErrorCode } from "./error.js";
export type { ExternalData } from "./file/external.js";
export type { Limits, LoadOptions, LoadProgress, Source } from "./file/source.js";
export type * from "./fit/types.js";
export { Fitter } from "./fitter.js";
export type * from "./info.js";
export { decode } from "./input/pixels.js";
export { merge } from "./merge.js";
export type { Evaluation } from "./metrics.js";
export * as metrics from "./metrics.js";
export { Model } from "./model.js";
export { partInfo } from "./part.js";
export type * from "./teach/types.js";
export { Teacher } from "./teacher.js";
export type * from "./types.js";
export type { WasmSource } from "./wasm/module.js";
export { init } from "./wasm/ready.js";
