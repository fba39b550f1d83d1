/**
 * `she-ood/inline`: the WebAssembly is inside, so that there is nothing to host. For bundlers that do not copy files (esbuild, rollup),
 * and pages of a single file. It is larger than the `.wasm` by a third, and is compiled only once it is whole.
 */
/// <reference lib="esnext.disposable" preserve="true" />

import { gzipped } from "./inlined.js";
import { found } from "./module.js";
import * as slim from "./slim.js";

function inside(): Response {
  const bytes = Uint8Array.from(atob(gzipped), (character) => character.charCodeAt(0));
  const body = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(body, { headers: { "content-type": "application/wasm" } });
}

export { SheError, init } from "./slim.js";
export type * from "./slim.js";
export const Detector = /* @__PURE__ */ found(inside, slim.Detector);
export type Detector = slim.Detector;
export const Fitter = /* @__PURE__ */ found(inside, slim.Fitter);
export type Fitter = slim.Fitter;
export const metrics = /* @__PURE__ */ found(inside, slim.metrics);
export declare namespace metrics {
  export type Evaluation = slim.Evaluation;
}
