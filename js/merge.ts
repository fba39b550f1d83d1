import { partsOf } from "./fit/parts.js";
import { mergeParts } from "./she_ood.js";
import { guarded } from "./wasm/instance.js";
import { wasmReady } from "./wasm/ready.js";

/**
 * Merges parts of one fit, from `toBytes` of fitters, in any order: those with patterns to the
 * patterns of all, or the merged patterns and the scores by them to all that `finish` needs.
 *
 * Loads the WebAssembly if nothing has done so before.
 *
 * @throws {@linkcode SheError} `invalid-part` for bytes that are not a part or are damaged;
 * `parts-mismatch` for parts of different fits; `repeated-part` for one that is there twice;
 * `input-kind`; `load-failed`.
 */
export async function merge(parts: Iterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const all = partsOf(parts);
  await wasmReady({});
  return guarded(() => mergeParts(all) as Uint8Array<ArrayBuffer>);
}
