/**
 * `she-ood`: the WebAssembly is fetched from beside this module when it is needed first, or read
 * from disk in Node.
 */
/// <reference lib="esnext.disposable" preserve="true" />

import { beside } from "./beside.js";
import { found } from "./module.js";
import * as slim from "./slim.js";

export { SheError, init } from "./slim.js";
export type * from "./slim.js";
export const Detector = /* @__PURE__ */ found(beside, slim.Detector);
export type Detector = slim.Detector;
export const Fitter = /* @__PURE__ */ found(beside, slim.Fitter);
export type Fitter = slim.Fitter;
export const metrics = /* @__PURE__ */ found(beside, slim.metrics);
export declare namespace metrics {
  export type Evaluation = slim.Evaluation;
}
