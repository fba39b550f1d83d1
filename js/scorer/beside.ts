/** Where the WebAssembly without the engine is unless it is said: beside the package's modules. */
export const beside = () => new URL("../she_ood_scorer_bg.wasm", import.meta.url);
