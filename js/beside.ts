import { knowsFused } from "./wasm/fused.js";

/**
 * Where the WebAssembly is unless it is said: beside this file. Bundlers know these very
 * expressions, and copy the files.
 */
export const beside = () =>
  knowsFused()
    ? new URL("she_ood_fused_bg.wasm", import.meta.url)
    : new URL("she_ood_bg.wasm", import.meta.url);
