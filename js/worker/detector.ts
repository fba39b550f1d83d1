import { finite, joined, oneSample, samplesIn, volume } from "../batch.js";
import { classOf } from "../detector.js";
import { checkAborted } from "../abort.js";
import { SheError } from "../error.js";
import { optionsOf } from "../options.js";
import { isFloats } from "../realm.js";
import type { Source } from "../source.js";
import type {
  BatchOptions,
  BatchReport,
  ExplainOptions,
  Explanation,
  Features,
  Info,
  Input,
  Report,
} from "../types.js";
import type { Call } from "./link.js";
import { type WorkerOptions, loaded, module, opened } from "./load.js";
import { parcel, values } from "./parcel.js";
import { Pool } from "./pool.js";

/** What a worker tells of a detector that it has loaded. */
export interface Opened {
  info: Info;
  /** Number of samples that are run together. */
  batchSize: number;
}

/**
 * A classifier with stored class patterns, as `Detector` of `she-ood`, but at work in web workers:
 * the page stays fluid however large the model, and every call is a promise.
 *
 * ```js
 * import { Detector } from "she-ood/worker";
 *
 * const detector = await Detector.load("/models/cifar10.onnx");
 * const report = await detector.score(video);
 * detector.dispose(); // ends its workers, and gives all their memory back
 * ```
 *
 * Calls are answered in turn. Await each before the next where new pictures keep coming, so that
 * none waits behind the others. An aborted call is rejected at once, though its worker may be busy
 * with it for a while. A worker that crashes rejects the call that it held with `internal`, one
 * that takes longer than `timeout` with `timeout`, and another takes its place.
 */
export class Detector {
  readonly #pool: Pool;
  readonly #batchSize: number;

  /** What the detector is made of. */
  readonly info: Info;

  private constructor(pool: Pool, opened: Opened) {
    if (!(pool instanceof Pool)) {
      throw new SheError(
        "input-kind",
        "a detector is made by Detector.embedded() or Detector.load(), not by new",
      );
    }
    this.#pool = pool;
    this.#batchSize = opened.batchSize;
    this.info = opened.info;
  }

  /**
   * The detector that comes with the package: a small network that knows the handwritten digits 0
   * to 4.
   *
   * @throws {@linkcode SheError} `load-failed` when the WebAssembly or the worker's script cannot be fetched; the signal's reason when
   * aborted.
   */
  static async embedded(
    options?: Pick<WorkerOptions, "onProgress" | "signal" | "workers" | "timeout">,
  ): Promise<Detector> {
    const given = optionsOf(options);
    return Detector.#open(await module(given), { name: "embedded", args: [] }, given);
  }

  /**
   * Reads a detector file: an ONNX model with `she.*` metadata. The WebAssembly and the file are
   * fetched side by side.
   *
   * @throws {@linkcode SheError} as `Detector.load` of `she-ood`.
   */
  static async load(source: Source, options?: WorkerOptions): Promise<Detector> {
    return loaded(source, "the detector", optionsOf(options), Detector.of);
  }

  /** @internal */
  static of(module: WebAssembly.Module, file: Blob, options: WorkerOptions): Promise<Detector> {
    return Detector.#open(module, { name: "load", args: [file, options.limits] }, options);
  }

  static async #open(
    module: WebAssembly.Module,
    setup: Call,
    options: WorkerOptions,
  ): Promise<Detector> {
    return new Detector(...(await opened<Opened>(module, setup, options)));
  }

  /**
   * Scores one sample: a `Float32Array` in the shape `info.inputShape`, or a picture of any size, a
   * `Blob` or `File` among them. What an element shows is taken when this is called.
   *
   * @throws {@linkcode SheError} as `score` of `she-ood`; `internal` when the worker crashes, `timeout` when it takes too long; the signal's reason when aborted.
   */
  async score(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Report> {
    return this.#ask(options, "score", input);
  }

  /**
   * Scores one sample and tells where its similarity to a class comes from: which features, and
   * which places of a feature map.
   *
   * @throws {@linkcode SheError} as `explain` of `she-ood`; `internal` when the worker crashes, `timeout` when it takes too long; the signal's reason when aborted.
   */
  async explain(
    input: Input | Blob,
    options?: ExplainOptions & { signal?: AbortSignal },
  ): Promise<Explanation> {
    return this.#ask(options, "explain", input, { class: classOf(optionsOf(options)) });
  }

  /**
   * Scores many samples laid end to end, each in the shape `info.inputShape`, in all workers. The
   * reports are in the order of the samples. The data must stay as it is until the promise settles.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}; the signal's reason when aborted.
   */
  async scoreBatch(data: Float32Array, options?: BatchOptions): Promise<BatchReport> {
    this.#pool.check();
    const given: BatchOptions = optionsOf(options);
    const count = samplesIn(data, this.info.inputShape);
    const size = volume(this.info.inputShape);
    const part = (from: number, to: number): Call => {
      const { value, transfer } = values(finite(data, from * size, to * size));
      return { name: "scoreBatch", args: [value], transfer };
    };
    const parts = [await this.#pool.call<BatchReport>(part(0, 0), given.signal)];
    await this.#pool.spread(count, given, part, parts, this.#batchSize);
    return joined(parts);
  }

  /**
   * Logits and features of one sample: a `Float32Array` in the shape `info.inputShape`, or a
   * picture of any size.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  async features(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Features> {
    return this.#ask(options, "features", input);
  }

  /**
   * The scores of the held-out samples that the threshold is set by, ascending: what a score is to
   * be seen against.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  calibration(): Promise<Float32Array> {
    return this.#pool.call({ name: "calibration", args: [] });
  }

  /**
   * The detector as a file, for {@linkcode Detector.load} and any ONNX runtime.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#pool.call({ name: "toBytes", args: [] });
  }

  /**
   * Ends its workers at once; what they were doing is rejected with `disposed`. A second call does
   * nothing.
   */
  dispose(): void {
    this.#pool.close("disposed");
  }

  /** As {@linkcode Detector.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #ask<T>(
    options: { signal?: AbortSignal } | undefined,
    name: string,
    input: Input | Blob,
    ...more: unknown[]
  ): Promise<T> {
    this.#pool.check();
    const { signal } = optionsOf(options);
    checkAborted(signal);
    const { value, transfer } = await parcel(
      isFloats(input) ? oneSample(input, this.info.inputShape) : input,
    );
    return this.#pool.call({ name, args: [value, ...more], transfer }, signal);
  }
}
