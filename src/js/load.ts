import { breath } from "./pace.js";
import { type LoadOptions, type Source, bytesOf, counter } from "./source.js";
import { guarded, wasmReady } from "./wasm.js";

/** Fetches a file and the WebAssembly side by side, and makes something of the file's bytes; `what` names it in errors. */
export async function loaded<T>(source: Source, what: string, options: LoadOptions, make: (bytes: Uint8Array) => T): Promise<T> {
  const [bytes] = await Promise.all([bytesOf(source, what, options, counter("model", options)), wasmReady(options)]);
  return made(options, () => make(bytes));
}

/** The last phases of loading, when all bytes are there. */
export async function made<T>({ onProgress, signal }: LoadOptions, make: () => T): Promise<T> {
  onProgress?.({ phase: "compile", loaded: 0 });
  await breath();
  signal?.throwIfAborted();
  const result = guarded(make);
  try {
    onProgress?.({ phase: "ready", loaded: 0 });
  } catch (error) {
    (result as Partial<Disposable>)[Symbol.dispose]?.();
    throw error;
  }
  return result;
}
