/**
 * Stable names of what can go wrong. Each message says what was given and what is allowed.
 *
 * The last four arise in JavaScript: an input of a kind that is not taken, a WebAssembly file that cannot be loaded, a detector
 * used after it was disposed, and a failure inside WebAssembly.
 */
export type SheErrorCode =
  | "input-length"
  | "input-shape"
  | "not-finite"
  | "image-size"
  | "no-preprocess"
  | "unknown-layer"
  | "invalid-model"
  | "unsupported-operator"
  | "unsupported-model"
  | "model-run"
  | "not-a-detector"
  | "invalid-detector"
  | "detector-version"
  | "patterns-mismatch"
  | "unknown-class"
  | "fit"
  | "invalid-option"
  | "input-kind"
  | "load-failed"
  | "disposed"
  | "internal";

/** The only error that this package throws on purpose; tell kinds apart by {@linkcode SheError.code}. */
export class SheError extends Error {
  override readonly name = "SheError";

  /** Stable, kebab-case name of the kind of error. */
  readonly code: SheErrorCode;

  constructor(code: SheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Runs a call into WebAssembly and turns what it throws into a {@linkcode SheError}. */
export function guarded<T>(call: () => T): T {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof Error && cause.name === "SheError" && "code" in cause) {
      throw new SheError(cause.code as SheErrorCode, cause.message);
    }
    // What the glue throws before it calls: an array whose buffer was handed to someone else, say.
    if (cause instanceof TypeError) throw new SheError("input-kind", `this input cannot be read: ${cause.message}`, { cause });
    throw new SheError("internal", `WebAssembly failed, load the page or process anew: ${String(cause)}`, { cause });
  }
}
