import type { Bytes } from "../file/response.js";
import { partsOf } from "../fit/parts.js";
import { openPool, wasmModule } from "./load.js";

/**
 * Merges parts of one fit, as `merge` of `she-ood`, in a worker.
 *
 * @throws {@linkcode SheError} as there, and when no worker can be started.
 */
export async function merge(parts: Iterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  const setup = { name: "mergeParts", args: [partsOf(parts)] };
  const [pool, merged] = await openPool<Bytes>(await wasmModule({}), setup, { workers: 1 });
  pool.close("disposed");
  return merged;
}
