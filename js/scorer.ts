/**
 * The verdict without the engine, for a model that runs elsewhere: in onnxruntime-web,
 * transformers.js, TensorFlow.js. Start with {@linkcode Scorer}. The WebAssembly is fetched from
 * beside the package's modules, or read from disk in Node; {@linkcode init} says otherwise.
 *
 * @module she-ood/scorer
 */
/// <reference lib="esnext.disposable" preserve="true" />

export { SheError, type SheErrorCode } from "./error.js";
export type { Limits, LoadOptions, LoadProgress, Source } from "./file/source.js";
export type * from "./info.js";
export type { ScorerInput } from "./scorer/features.js";
export { init } from "./scorer/instance.js";
export {
  type Alarm,
  type FlagRate,
  type FleetReport,
  Monitor,
  type MonitorOptions,
  type MonitorReference,
  type MonitorReport,
  type MonitorSnapshot,
} from "./scorer/monitor.js";
export { Scorer } from "./scorer/scorer.js";
export type { Numbers, Values } from "./scorer/values.js";
export type { BatchReport, ExplainOptions, Explanation, Report } from "./types.js";
export type { WasmSource } from "./wasm/module.js";
