/** Where the WebAssembly of monitors is unless it is said: beside the package's modules. */
export const beside = () => new URL("../she_ood_monitor_bg.wasm", import.meta.url);
