import { type Bytes, joined } from "../file/response.js";
import { ModelFile } from "../she_ood.js";

/** A file in WebAssembly memory: a model, and the metadata that follows it. */
export interface Held {
  memory: WebAssembly.Memory;
  offset: number;
  length: number;
  metadata: Bytes;
}

/** Buffers from this size on are given back at once; smaller ones may be shared, as Node's are. */
const LARGE = 2 ** 20;

/** Moves the parts of a file into WebAssembly; they cannot be used afterwards. */
export function moveIn(parts: Bytes[]): ModelFile {
  const file = new ModelFile(parts);
  for (const buffer of new Set(parts.map(({ buffer }) => buffer))) release(buffer);
  return file;
}

/** Copies a file out of WebAssembly, even of an instance that has crashed. */
export function copyOut({ memory, offset, length, metadata }: Held): Bytes {
  return joined([new Uint8Array(memory.buffer as ArrayBuffer, offset, length), metadata]);
}

/** Gives memory back now, not when garbage is collected, where JavaScript can. */
function release(buffer: ArrayBuffer & { transfer?(length: number): unknown }): void {
  if (buffer.byteLength >= LARGE) buffer.transfer?.(0);
}
