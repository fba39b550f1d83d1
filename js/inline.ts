/**
 * `she-ood/inline`: the WebAssembly is inside, so that there is nothing to host. For bundlers that
 * do not copy files (esbuild, rollup), and pages of a single file. It is larger than the `.wasm` by
 * a third, and is compiled only once it is whole.
 */
/// <reference lib="esnext.disposable" preserve="true" />

import { SheError } from "./error.js";
import { gzipped } from "./inlined.js";
import * as slim from "./slim.js";
import { withSource } from "./wasm/module.js";

function inside(): Response {
  const bytes = Uint8Array.from(atob(gzipped), (character) => character.charCodeAt(0));
  if (typeof DecompressionStream === "undefined" || typeof Response === "undefined") {
    throw new SheError(
      "load-failed",
      "there is no DecompressionStream or Response here, with which the WebAssembly is " +
        `unpacked: import "she-ood", or "she-ood/slim" and init() with its bytes`,
    );
  }
  const { readable, writable } = new DecompressionStream("gzip");
  const writer = writable.getWriter();
  void writer
    .write(bytes)
    .then(() => writer.close())
    .catch(() => undefined);
  return new Response(readable, { headers: { "content-type": "application/wasm" } });
}

export type * from "./slim.js";
export { decode, init, SheError } from "./slim.js";
export const Detector = /* @__PURE__ */ withSource(inside, slim.Detector);
export type Detector = slim.Detector;
export const Fitter = /* @__PURE__ */ withSource(inside, slim.Fitter);
export type Fitter = slim.Fitter;
export const Model = /* @__PURE__ */ withSource(inside, slim.Model);
export type Model = slim.Model;
export const Teacher = /* @__PURE__ */ withSource(inside, slim.Teacher);
export type Teacher = slim.Teacher;
export const merge = /* @__PURE__ */ withSource(inside, slim.merge);
export const partInfo = /* @__PURE__ */ withSource(inside, slim.partInfo);
export const metrics = /* @__PURE__ */ withSource(inside, slim.metrics);
export declare namespace metrics {
  export type Evaluation = slim.Evaluation;
}
