/**
 * Out-of-distribution detection for ONNX classifiers, on the device.
 *
 * Start with {@linkcode Detector}; importing this module does nothing by itself.
 *
 * @packageDocumentation
 */
/// <reference lib="esnext.disposable" preserve="true" />

export { Detector } from "./detector.js";
export { Fitter } from "./fitter.js";
export * as metrics from "./metrics.js";
export { SheError, type SheErrorCode } from "./error.js";
export type { LoadOptions, LoadProgress, Source } from "./source.js";
export type { BatchOptions, BatchReport, Drawable, Features, FitterOptions, Info, Input, Layer, Pixels, Preprocess, Report } from "./types.js";
