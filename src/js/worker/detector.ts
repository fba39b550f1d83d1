import { joined, samplesIn, volume } from "../batch.js";
import { beside } from "../beside.js";
import { SheError } from "../error.js";
import { wasmModule } from "../module.js";
import { type LoadOptions, type LoadProgress, type Source, bytesOf, counter } from "../source.js";
import type { BatchOptions, BatchReport, ExplainOptions, Explanation, Features, Info, Input, Report } from "../types.js";
import type { Call } from "./link.js";
import { parcel, values } from "./parcel.js";
import { Pool } from "./pool.js";

/** Options of what loads a detector or model into workers. */
export interface WorkerOptions extends LoadOptions {
  /**
   * The most workers that batches and fits are spread over, from 1; unless given, one for each core, four at most. They are started as
   * there is work for them, and each holds the WebAssembly and the model.
   */
  workers?: number;
}

/**
 * A classifier with stored class patterns, as `Detector` of `she-ood`, but at work in web workers: the page stays fluid however large
 * the model, and every call is a promise.
 *
 * ```js
 * import { Detector } from "she-ood/worker";
 *
 * const detector = await Detector.load("/models/cifar10.onnx");
 * const report = await detector.score(video);
 * detector.dispose(); // ends its workers, and gives all their memory back
 * ```
 *
 * Calls are answered in turn. Await each before the next where new pictures keep coming, so that none waits behind the others. A
 * worker that crashes rejects the call that it held with `internal`, and another takes its place.
 */
export class Detector {
  readonly #pool: Pool;

  /** What the detector is made of. */
  readonly info: Info;

  private constructor(pool: Pool, info: Info) {
    if (!(pool instanceof Pool)) {
      throw new SheError("input-kind", "a detector is made by Detector.embedded() or Detector.load(), not by new");
    }
    this.#pool = pool;
    this.info = info;
  }

  /**
   * The detector that comes with the package: a small network that knows the handwritten digits 0 to 4.
   *
   * @throws {@linkcode SheError} `load-failed` when the WebAssembly or the worker's script cannot be fetched; the signal's reason when
   * aborted.
   */
  static async embedded(options: Pick<WorkerOptions, "onProgress" | "signal" | "workers"> = {}): Promise<Detector> {
    return Detector.#open(await wasmModule(options, beside), { name: "embedded", args: [] }, options);
  }

  /**
   * Reads a detector file: an ONNX model with `she.*` metadata. The WebAssembly and the file are fetched side by side.
   *
   * @throws {@linkcode SheError} as `Detector.load` of `she-ood`.
   */
  static async load(source: Source, options: WorkerOptions = {}): Promise<Detector> {
    const [bytes, module] = await Promise.all([
      bytesOf(source, "the detector", options, counter("model", options)),
      wasmModule(options, beside),
    ]);
    return Detector.of(module, bytes, options);
  }

  /** @internal */
  static of(module: WebAssembly.Module, file: Uint8Array<ArrayBuffer>, options: WorkerOptions): Promise<Detector> {
    return Detector.#open(module, { name: "load", args: [new Blob([file])] }, options);
  }

  static async #open(module: WebAssembly.Module, setup: Call, options: WorkerOptions): Promise<Detector> {
    return new Detector(...(await opened<Info>(module, setup, options)));
  }

  /**
   * Scores one sample: a `Float32Array` in the shape `info.inputShape`, or a picture of any size, a `Blob` or `File` among them. What an
   * element shows is taken when this is called.
   *
   * @throws {@linkcode SheError} as `score` of `she-ood`; `internal` when the worker crashes; the signal's reason when aborted.
   */
  async score(input: Input | Blob, { signal }: { signal?: AbortSignal } = {}): Promise<Report> {
    return this.#ask(signal, "score", input);
  }

  /**
   * Scores one sample and tells where its similarity to a class comes from: which features, and which places of a feature map.
   *
   * @throws {@linkcode SheError} as `explain` of `she-ood`; `internal` when the worker crashes; the signal's reason when aborted.
   */
  async explain(input: Input | Blob, { signal, ...options }: ExplainOptions & { signal?: AbortSignal } = {}): Promise<Explanation> {
    return this.#ask(signal, "explain", input, options);
  }

  /**
   * Scores many samples laid end to end, each in the shape `info.inputShape`, in all workers. The reports are in the order of the
   * samples. The data must stay as it is until the promise settles.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}; the signal's reason when aborted.
   */
  async scoreBatch(data: Float32Array, options: BatchOptions = {}): Promise<BatchReport> {
    const count = samplesIn(data, this.info.inputShape);
    const size = volume(this.info.inputShape);
    const part = (from: number, to: number): Call => {
      const { value, transfer } = values(data.subarray(from * size, to * size));
      return { name: "scoreBatch", args: [value], transfer };
    };
    const parts = [await this.#pool.call<BatchReport>(part(0, 0), options.signal)];
    await this.#pool.spread(count, options, part, parts);
    return joined(parts);
  }

  /**
   * Logits and features of one sample: a `Float32Array` in the shape `info.inputShape`, or a picture of any size.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  async features(input: Input | Blob, { signal }: { signal?: AbortSignal } = {}): Promise<Features> {
    return this.#ask(signal, "features", input);
  }

  /**
   * The scores of the held-out samples that the threshold is set by, ascending: what a score is to be seen against.
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

  /** Ends its workers at once; what they were doing is rejected with `disposed`. A second call does nothing. */
  dispose(): void {
    this.#pool.close("disposed");
  }

  /** As {@linkcode Detector.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  async #ask<T>(signal: AbortSignal | undefined, name: string, input: Input | Blob, ...options: unknown[]): Promise<T> {
    signal?.throwIfAborted();
    const { value, transfer } = await parcel(input);
    return this.#pool.call({ name, args: [value, ...options], transfer }, signal);
  }
}

/** A pool of workers that begin with this call, and what it gives; tells of the last phases of loading. */
export async function opened<T>(module: WebAssembly.Module, setup: Call, options: WorkerOptions): Promise<[Pool, T]> {
  const phase = (name: LoadProgress["phase"]) => counter(name, options)(0);
  phase("compile");
  const pool = await Pool.open<T>([{ name: "init", args: [module] }, setup], options);
  phase("ready");
  return pool;
}
