/**
 * `she-ood/slim`: the same package, for those who say themselves where the WebAssembly is.
 *
 * ```js
 * import { Detector, init } from "she-ood/slim";
 *
 * await init("/assets/she_ood_bg.wasm");
 * const detector = await Detector.embedded();
 * ```
 *
 * @packageDocumentation
 */
/// <reference lib="esnext.disposable" preserve="true" />

export { Detector } from "./detector.js";
export { Fitter } from "./fitter.js";
export * as metrics from "./metrics.js";
export { SheError, type SheErrorCode } from "./error.js";
export { init } from "./wasm.js";
export type { Evaluation } from "./metrics.js";
export type { WasmSource } from "./module.js";
export type { LoadOptions, LoadProgress, Source } from "./source.js";
export type {
  BatchOptions,
  BatchReport,
  Drawable,
  ExplainOptions,
  Explanation,
  Features,
  FitterOptions,
  Info,
  Input,
  Layer,
  Pixels,
  Preprocess,
  Report,
} from "./types.js";
