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
import { found, named, type WasmSource } from "./module.js";
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

/** Says where the WebAssembly is, for the case that it is not beside the package's modules, before the first call that needs it. */
export function init(source: WasmSource): void {
  named(source);
}
