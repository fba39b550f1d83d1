import { partOf } from "./fit/parts.js";
import type { PartInfo } from "./fit/types.js";
import { partInfo as read } from "./she_ood.js";
import { guarded } from "./wasm/instance.js";
import { wasmReady } from "./wasm/ready.js";

/**
 * Describes a part of a fit, including its noise level, so that you can check it before you merge
 * it.
 *
 * Loads the WebAssembly if nothing has done so before.
 *
 * @throws {@linkcode SheError} `invalid-part` for bytes that are not a part or are damaged;
 * `input-kind`; `load-failed`.
 */
export async function partInfo(part: Uint8Array): Promise<PartInfo> {
  const own = partOf(part);
  await wasmReady({});
  return guarded(() => read(own) as PartInfo);
}
