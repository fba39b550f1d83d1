/**
 * Where the WebAssembly is unless it is said: beside this file. Bundlers know this very expression,
 * and copy the file.
 */
export const beside = () => new URL("she_ood_bg.wasm", import.meta.url);
