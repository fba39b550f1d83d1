import { checkAborted } from "../call/abort.js";
import { optionsOf, SIGNAL } from "../call/options.js";
import { madeByNew } from "../error.js";
import { isFloats } from "../input/realm.js";
import { oneSample } from "../input/samples.js";
import type { Input } from "../types.js";
import { pack } from "./parcel.js";
import { Pool } from "./pool.js";

/** An object that lives in a pool of workers. */
export abstract class Remote {
  readonly #pool: Pool;
  readonly #inputShape: number[];

  /** @internal */
  constructor(pool: Pool, inputShape: number[]) {
    if (!(pool instanceof Pool)) throw madeByNew(new.target);
    this.#pool = pool;
    this.#inputShape = inputShape;
  }

  /**
   * The pool, which is open.
   *
   * @internal
   */
  protected get pool(): Pool {
    this.#pool.check();
    return this.#pool;
  }

  /**
   * Has a worker do something with an input.
   *
   * @internal
   */
  protected async ask<T>(
    options: { signal?: AbortSignal } | undefined,
    name: string,
    input: Input | Blob,
    ...more: unknown[]
  ): Promise<T> {
    const { pool } = this;
    const { signal } = optionsOf(options, SIGNAL);
    checkAborted(signal);
    const sample = isFloats(input) ? oneSample(input, this.#inputShape) : input;
    const { value, transfer } = await pack(sample);
    return pool.call({ name, args: [value, ...more], transfer }, signal);
  }

  /**
   * Ends its workers at once and rejects their calls with `disposed`. A second call does nothing.
   */
  dispose(): void {
    this.#pool.close("disposed");
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
