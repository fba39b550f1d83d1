import init from "./she_ood.js";
import { SheError } from "./error.js";

let ready: Promise<unknown> | undefined;

/** Loads the WebAssembly once; after a failure the next call tries again. */
export async function wasmReady(): Promise<void> {
  ready ??= init({ module_or_path: source() });
  try {
    await ready;
  } catch (cause) {
    ready = undefined;
    throw new SheError("load-failed", `she_ood_bg.wasm could not be loaded: ${String(cause)}`, { cause });
  }
}

/** The `.wasm` beside this file: fetched from a URL, or read from disk in Node, whose `fetch` has no `file:`. */
function source(): URL | Promise<Uint8Array<ArrayBuffer>> {
  const url = new URL("she_ood_bg.wasm", import.meta.url);
  return url.protocol === "file:" ? readFile(url) : url;
}

interface FileSystem {
  promises: { readFile(path: URL): Promise<Uint8Array<ArrayBuffer>> };
}

async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  // Not an import: bundlers for the web would stumble over a Node module.
  const { process } = globalThis as { process?: { getBuiltinModule?(id: "node:fs"): FileSystem } };
  const fs = process?.getBuiltinModule?.("node:fs");
  if (!fs) throw new Error(`${url.href} cannot be read: serve the page over HTTP, or use Node 20.16 or later`);
  return fs.promises.readFile(url);
}
