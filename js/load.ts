import { checkAborted } from "./abort.js";
import { madeOf } from "./kept.js";
import { breath } from "./pace.js";
import type { LoadOptions, Source } from "./source.js";
import { guarded, wasmReady } from "./wasm.js";

/**
 * Fetches a file and the WebAssembly side by side, and makes something of the file's bytes; `what`
 * names it in errors.
 */
export async function loaded<T>(
  source: Source,
  what: string,
  options: LoadOptions,
  make: (bytes: Uint8Array) => T,
): Promise<T> {
  const ready = wasmReady(options);
  const file = madeOf(source, what, options, async (bytes) => {
    await ready;
    return made(options, () => make(bytes));
  });
  const [result] = await Promise.all([file, ready]);
  return result;
}

/** The last phases of loading, when all bytes are there. */
export async function made<T>({ onProgress, signal }: LoadOptions, make: () => T): Promise<T> {
  onProgress?.({ phase: "compile", loaded: 0 });
  await breath();
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
