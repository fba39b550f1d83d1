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
  release(parts.map(({ buffer }) => buffer).filter(({ byteLength }) => byteLength >= LARGE));
  return file;
}

/** Copies a file out of WebAssembly, even of an instance that has crashed. */
export function copyOut({ memory, offset, length, metadata }: Held): Bytes {
  return joined([new Uint8Array(memory.buffer as ArrayBuffer, offset, length), metadata]);
}

/** Gives memory back now, not when garbage is collected: what a closed port is sent is dropped. */
function release(buffers: ArrayBuffer[]): void {
  if (typeof MessageChannel === "undefined") return;
  const { port1 } = new MessageChannel();
  port1.close();
  port1.postMessage(undefined, [...new Set(buffers)]);
}
