/**
 * The API of `she-ood` at work in web workers, every call a promise.
 *
 * {@linkcode Detector}, {@linkcode Teacher}, {@linkcode Fitter} and {@linkcode metrics} are those
 * of `she-ood` by name, arguments and results; {@linkcode terminate} ends all that is under way.
 *
 * @module she-ood/worker
 */
/// <reference lib="esnext.disposable" preserve="true" />

export { SheError, type SheErrorCode } from "./error.js";
export type { ExternalData } from "./file/external.js";
export type { Limits, LoadOptions, LoadProgress, Source } from "./file/source.js";
export type * from "./fit/types.js";
export type * from "./info.js";
export { decode } from "./input/pixels.js";
export type { Evaluation } from "./metrics.js";
export type * from "./teach/types.js";
export type * from "./types.js";
export type { WasmSource } from "./wasm/module.js";
export { Detector } from "./worker/detector.js";
export { Fitter } from "./worker/fitter.js";
export { init } from "./worker/init.js";
export type { WorkerOptions } from "./worker/load.js";
export * as metrics from "./worker/metrics.js";
export { Model } from "./worker/model.js";
export { merge, partInfo } from "./worker/parts.js";
export { terminate } from "./worker/pool.js";
export { Teacher } from "./worker/teacher.js";
