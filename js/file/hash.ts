import type { Bytes } from "./response.js";

/** Length of the model at the beginning of a detector file, and its SHA-256; empty if unknown. */
export type ModelHash = [length?: number, sha256?: Bytes];

/**
 * Hashes the model in a detector file if `crypto.subtle` is available: WebAssembly, which does it
 * otherwise, takes several times as long.
 */
export async function hashModel(file: Bytes): Promise<ModelHash> {
  try {
    const length = modelLength(file);
    const sha256 = await crypto.subtle.digest("SHA-256", file.subarray(0, length));
    return [length, new Uint8Array(sha256)];
  } catch {
    // Pages on plain HTTP have no `crypto.subtle`.
    return [];
  }
}

/** What the first entry begins with, after its tag and its length. */
const FIRST = "\n\nshe.format";
const TAG = 0x72;

/**
 * Where the `she.*` entries of a detector file begin, searching from the end; 0 if there are none.
 * WebAssembly parses the file properly and ignores a hash of any other bytes.
 */
function modelLength(file: Bytes): number {
  let at = file.length;
  const key = () => String.fromCharCode(...file.subarray(at + 2, at + 2 + FIRST.length));
  do at = file.lastIndexOf(TAG, at - 1);
  while (at > 0 && !(file[at + 2] === 10 && key() === FIRST));
  return Math.max(at, 0);
}
