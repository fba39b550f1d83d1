/**
 * `she-ood`: the WebAssembly is fetched from beside this module when it is needed first, or read
 * from disk in Node.
 */
/// <reference lib="esnext.disposable" preserve="true" />

import { beside } from "./beside.js";
import * as slim from "./slim.js";
import { withSource } from "./wasm/module.js";

export type * from "./slim.js";
export { decode, init, SheError } from "./slim.js";
export const Detector = /* @__PURE__ */ withSource(beside, slim.Detector);
export type Detector = slim.Detector;
export const Fitter = /* @__PURE__ */ withSource(beside, slim.Fitter);
export type Fitter = slim.Fitter;
export const Model = /* @__PURE__ */ withSource(beside, slim.Model);
export type Model = slim.Model;
export const Teacher = /* @__PURE__ */ withSource(beside, slim.Teacher);
export type Teacher = slim.Teacher;
export const merge = /* @__PURE__ */ withSource(beside, slim.merge);
export const partInfo = /* @__PURE__ */ withSource(beside, slim.partInfo);
export const metrics = /* @__PURE__ */ withSource(beside, slim.metrics);
export declare namespace metrics {
  export type Evaluation = slim.Evaluation;
}
