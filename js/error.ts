import { isOf } from "./input/realm.js";

/**
 * Stable names of what can go wrong. Each message says what was given and what is allowed.
 *
 * The last five arise in JavaScript: an input of a kind that is not taken, a WebAssembly file that
 * cannot be loaded, a detector used after it was disposed, a worker that took too long, and a
 * failure inside WebAssembly, after which it is started anew: what was asked is lost, and what is
 * asked next is answered.
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
  | "too-large"
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
  | "timeout"
  | "internal";

/**
 * The only error that this package throws on purpose; tell kinds apart by {@linkcode
 * SheError.code}.
 */
export class SheError extends Error {
  override readonly name = "SheError";

  /** Stable, kebab-case name of the kind of error. */
  readonly code: SheErrorCode;

  constructor(code: SheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /**
   * Holds for the errors of another copy of this package too: of another window, or of another
   * entry.
   */
  static [Symbol.hasInstance](value: unknown): value is SheError {
    if (this !== SheError) return Function.prototype[Symbol.hasInstance].call(this, value);
    const { name, code } = (value ?? {}) as Partial<SheError>;
    return isOf(value, "Error") && name === "SheError" && typeof code === "string";
  }
}

/**
 * The error for a constructor that is not for callers.
 *
 * @internal
 */
export function madeByNew({ name }: { name: string }): SheError {
  return new SheError(
    "input-kind",
    `new ${name}() is not for callers: use a static method, such as Detector.load()`,
  );
}
