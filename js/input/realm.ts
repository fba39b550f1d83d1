/**
 * Tells values apart by their brands, not by `instanceof`: an object of another window, of jsdom or
 * of a test runner's context is as good as one of this realm.
 */

import type { HalfFloats } from "../types.js";

const { get: arrayBrand } = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  Symbol.toStringTag,
) as { get(): unknown };

/** Whether a value is an object of one of these interfaces. */
export function isOf(value: unknown, ...names: string[]): boolean {
  return value !== null && typeof value === "object" && names.includes(typeName(value));
}

/** Name of a value's typed array class; `undefined` for any other value. */
function arrayName(value: unknown): string | undefined {
  return (arrayBrand as () => string | undefined).call(value);
}

export function isFloats(value: unknown): value is Float32Array {
  return arrayName(value) === "Float32Array";
}

export function isBytes(value: unknown): value is Uint8Array | Uint8ClampedArray {
  const name = arrayName(value);
  return name === "Uint8Array" || name === "Uint8ClampedArray";
}

export function isHalfFloats(value: unknown): value is HalfFloats {
  return arrayName(value) === "Float16Array";
}

export function isBuffer(value: unknown): value is ArrayBuffer | SharedArrayBuffer {
  return isOf(value, "ArrayBuffer", "SharedArrayBuffer");
}

export function isBlob(value: unknown): value is Blob {
  return isOf(value, "Blob", "File");
}

export function isResponse(value: unknown): value is Response {
  return isOf(value, "Response");
}

export function isAddress(value: unknown): value is string | URL {
  return typeof value === "string" || isOf(value, "URL");
}

export function isModule(value: unknown): value is WebAssembly.Module {
  return isOf(value, "WebAssembly.Module");
}

export function isBitmap(value: unknown): value is ImageBitmap {
  return isOf(value, "ImageBitmap");
}

/**
 * Name of a value's interface, else of its class, which is all that happy-dom's objects have; for
 * error messages too.
 */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  const brand = Object.prototype.toString.call(value).slice(8, -1);
  return (brand === "Object" && (value as Partial<object>).constructor?.name) || brand;
}

/** A value as text for messages: numbers and strings literally, anything else by its type. */
export function shown(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 80 ? `${value.slice(0, 79)}…` : value);
  return ["number", "bigint", "boolean"].includes(typeof value) ? String(value) : typeName(value);
}
