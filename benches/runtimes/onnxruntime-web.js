// ONNX Runtime's WebAssembly build on one thread.
import { opener } from "./onnxruntime.js";

export const open = opener(1);
