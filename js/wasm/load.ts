import { checkAborted } from "../call/abort.js";
import { breathe } from "../call/pace.js";
import { loadFile } from "../file/kept.js";
import type { LoadOptions, Source } from "../file/source.js";
import { guarded } from "./instance.js";
import { wasmReady } from "./ready.js";

/**
 * Fetches a file and the WebAssembly side by side, and makes something of the file's bytes; `what`
 * names the file in errors.
 */
export async function load<T>(
  source: Source,
  what: string,
  options: LoadOptions,
  make: (bytes: Uint8Array) => T,
): Promise<T> {
  const ready = wasmReady(options);
  const file = loadFile(source, what, options, async (bytes) => {
    await ready;
    return compile(options, () => make(bytes));
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
