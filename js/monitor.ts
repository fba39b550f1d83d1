/**
 * Has what the model sees changed? Start with {@linkcode Monitor}. This entry has its own, small
 * WebAssembly. It is fetched from beside the package's modules, or read from disk in Node, unless
 * {@linkcode init} says where else to find it.
 *
 * @module she-ood/monitor
 */
/// <reference lib="esnext.disposable" preserve="true" />

export { SheError, type SheErrorCode } from "./error.js";
export type { LoadOptions, LoadProgress, Source } from "./file/source.js";
export type * from "./info.js";
export type { Numbers, Values } from "./input/values.js";
export { init } from "./monitor/instance.js";
export {
  type Alarm,
  type FlagRate,
  type FleetReport,
  Monitor,
  type MonitorOptions,
  type MonitorReference,
  type MonitorReport,
  type MonitorSnapshot,
} from "./monitor/monitor.js";
export type { WasmSource } from "./wasm/module.js";
