import type { Bytes } from "../file/response.js";
import { partOf, partsOf } from "../fit/parts.js";
import type { PartInfo } from "../fit/types.js";
import type { Call } from "./link.js";
import { openPool, wasmModule } from "./load.js";

/**
 * Merges parts of one fit, as `merge` of `she-ood`, in a worker.
 *
 * @throws {@linkcode SheError} as there, and when no worker can be started.
 */
export async function merge(parts: Iterable<Uint8Array>): Promise<Uint8Array<ArrayBuffer>> {
  return ask<Bytes>({ name: "mergeParts", args: [partsOf(parts)] });
}

/**
 * Tells what a part of a fit says of itself, as `partInfo` of `she-ood`, in a worker.
 *
 * @throws {@linkcode SheError} as there, and when no worker can be started.
 */
export async function partInfo(part: Uint8Array): Promise<PartInfo> {
  return ask<PartInfo>({ name: "partInfo", args: [partOf(part)] });
}

/** Asks a worker that ends with its answer. */
async function ask<T>(call: Call): Promise<T> {
  const [pool, answer] = await openPool<T>(await wasmModule({}), call, { workers: 1 });
  pool.close("disposed");
  return answer;
}
