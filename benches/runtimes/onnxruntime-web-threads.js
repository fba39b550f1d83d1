// ONNX Runtime's WebAssembly build on two threads, which only an isolated page has.
import { opener } from "./onnxruntime.js";

export const open = opener(2);
