// onnxruntime-web finds its WebAssembly beside its own file.
export default { optimizeDeps: { exclude: ["onnxruntime-web"] } };
