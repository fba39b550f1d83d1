import { isOf } from "./input/realm.js";

/**
 * Stable names of errors. Each message says what was given and what is allowed.
 *
 * The last five arise in JavaScript: an input of the wrong kind, a file that cannot be loaded, an
 * object used after `dispose`, a worker that took too long, and a crash of WebAssembly. After a
 * crash WebAssembly restarts: the call is lost, and the next one works.
 */
export type SheErrorCode =
  | "input-length"
  | "input-shape"
  | "not-finite"
  | "input-range"
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
  | "invalid-part"
  | "parts-mismatch"
  | "repeated-part"
  | "invalid-monitor"
  | "invalid-option"
  | "input-kind"
  | "load-failed"
  | "disposed"
  | "timeout"
  | "internal";

/** Address of the page about errors, below the `homepage` of package.json. */
const HELP = "https://she-ood.github.io/she-ood/docs/errors.html#";

/** The error that this package throws; its {@linkcode SheError.code} tells the kind. */
export class SheError extends Error {
  override readonly name = "SheError";

  /** Stable, kebab-case name of the kind. */
  readonly code: SheErrorCode;

  /** Address of the usual causes of this kind of error, and of what to do. */
  readonly help: string;

  constructor(code: SheErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.help = HELP + code;
  }

  /**
   * Recognises errors of other copies of this package too, from another window or another entry.
   */
  static [Symbol.hasInstance](value: unknown): value is SheError {
    // biome-ignore lint/complexity/noThisInStatic: subclasses inherit this method.
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
