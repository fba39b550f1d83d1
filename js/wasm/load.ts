import { checkAborted } from "../call/abort.js";
import { breathe } from "../call/pace.js";
import {
  type ExternalData,
  externalDataOf,
  type Part,
  type WeightsReader,
  withWeights,
} from "../file/external.js";
import type { ModelHash } from "../file/hash.js";
import { loadFile } from "../file/kept.js";
import type { Bytes } from "../file/response.js";
import type { LoadOptions, Source } from "../file/source.js";
import { externalFiles, partsWithWeights } from "../she_ood.js";
import { guarded } from "./instance.js";
import { wasmReady } from "./ready.js";

/** Finds weights in other files with the WebAssembly of this thread. */
export const READER: WeightsReader = {
  externalFiles: (model) => guarded(() => externalFiles(model)),
  partsWithWeights: (model, names, sizes, heads) =>
    guarded(() => partsWithWeights(model, names, new Uint32Array(sizes), heads) as Part[]),
};

/** Options for loading a model, whose weights may be in other files. */
export type WithExternalData = LoadOptions & { externalData?: ExternalData };

/**
 * Fetches a file and the WebAssembly side by side, and makes something of the file's bytes, with
 * weights in other files among them, and of what `hash` gives; `what` names the file in errors.
 */
export async function load<T>(
  source: Source,
  what: string,
  options: WithExternalData,
  make: (parts: Bytes[], hash: ModelHash) => T,
  hash: (file: Bytes) => Promise<ModelHash> = async () => [],
): Promise<T> {
  const externalData = externalDataOf(options.externalData);
  const ready = wasmReady(options);
  const file = loadFile(source, what, options, async (bytes) => {
    const [found] = await Promise.all([hash(bytes), ready]);
    return withWeights(bytes, externalData, options, READER, (parts) =>
      compile(options, () => make(parts, found)),
    );
  });
  const [result] = await Promise.all([file, ready]);
  return result;
}

/** Runs the last phases of loading, once all bytes have arrived. */
export async function compile<T>({ onProgress, signal }: LoadOptions, make: () => T): Promise<T> {
  onProgress?.({ phase: "compile", loaded: 0 });
  await breathe();
  checkAborted(signal);
  const result = guarded(make);
  try {
    onProgress?.({ phase: "ready", loaded: 0 });
  } catch (error) {
    (result as Partial<Disposable>)[Symbol.dispose]?.();
    throw error;
  }
  return result;
}
