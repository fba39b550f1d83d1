import { SheError } from "../error.js";

/** What WebAssembly threw, as a SheError; `undefined` for a crash. */
export function thrownError(cause: unknown): SheError | undefined {
  // WebAssembly throws a plain Error with a code.
  if (cause instanceof SheError)
    return Object.getPrototypeOf(cause) === Error.prototype
      ? new SheError(cause.code, cause.message)
      : cause;
  // Thrown by the glue before the call, for an array whose buffer was transferred, say.
  if (cause instanceof TypeError)
    return new SheError("input-kind", `this input cannot be read: ${cause.message}`, { cause });
  return undefined;
}
