import { volume } from "../batch.js";
import { beside } from "../beside.js";
import { SheError } from "../error.js";
import { type Observed, classes, labelsOf, ofTheFit } from "../fitter.js";
import { wasmModule } from "../module.js";
import { type Source, bytesOf, counter } from "../source.js";
import type { BatchOptions, Drawable, FitterOptions, Layer, Pixels } from "../types.js";
import type { Call } from "./link.js";
import { Detector, type WorkerOptions, opened } from "./detector.js";
import { parcel, values } from "./parcel.js";
import { Pool } from "./pool.js";

/**
 * Makes a detector of any ONNX classifier and labelled samples, as `Fitter` of `she-ood`, with the model at work in web workers.
 *
 * ```js
 * import { Fitter } from "she-ood/worker";
 *
 * const fitter = await Fitter.create("classifier.onnx", { layers: ["penultimate"], similarity: "cosine", holdOut: 0.1 });
 * await fitter.push(data, labels, { onProgress: ({ done, total }) => (bar.value = done / total), signal });
 * const detector = await fitter.finish({ idPassRate: 0.95 });
 * fitter.dispose();
 * ```
 *
 * The result is the same, whatever the number of workers. The features are kept on the side of the page, so that no crash of a worker
 * loses them.
 */
export class Fitter {
  readonly #pool: Pool;
  readonly #module: WebAssembly.Module;
  readonly #model: Uint8Array;
  readonly #options: FitterOptions & WorkerOptions;
  readonly #observed: Observed[] = [];

  /** Shape of one sample, without the batch dimension. */
  readonly inputShape: number[];

  private constructor(pool: Pool, inputShape: number[], module: WebAssembly.Module, model: Uint8Array, options: FitterOptions & WorkerOptions) {
    if (!(pool instanceof Pool)) throw new SheError("input-kind", "a fitter is made by Fitter.create(), not by new");
    this.#pool = pool;
    this.inputShape = inputShape;
    this.#module = module;
    this.#model = model;
    this.#options = options;
  }

  /**
   * The layers of a classifier that can be tapped, from input to output.
   *
   * @throws {@linkcode SheError} as {@linkcode Fitter.create}.
   */
  static async layers(model: Source): Promise<Layer[]> {
    const [bytes, module] = await Promise.all([bytesOf(model, "the model", {}, () => undefined), wasmModule({}, beside)]);
    const [pool, layers] = await opened<Layer[]>(module, { name: "layers", args: [new Blob([bytes])] }, {});
    pool.close("disposed");
    return layers;
  }

  /**
   * Begins a fit. `model` may be a detector file too, of which the model alone is taken.
   *
   * @throws {@linkcode SheError} as `Fitter.create` of `she-ood`.
   */
  static async create(model: Source, options: FitterOptions & WorkerOptions): Promise<Fitter> {
    const [bytes, module] = await Promise.all([bytesOf(model, "the model", options, counter("model", options)), wasmModule(options, beside)]);
    const setup = { name: "create", args: [new Blob([bytes]), ofTheFit(options)] };
    return new Fitter(...(await opened<number[]>(module, setup, options)), module, bytes, options);
  }

  /** Number of samples so far: those to fit on, and those held out for calibration. */
  get counts(): { fit: number; calibration: number } {
    const each = new Map<number, number>();
    for (const { labels } of this.#observed) labels.forEach((label) => each.set(label, (each.get(label) ?? 0) + 1));
    const sum = (count: (samples: number) => number) => [...each.values()].reduce((sum, samples) => sum + count(samples), 0);
    const calibration = sum((samples) => Math.floor(samples * (this.#options.holdOut ?? 0)));
    return { fit: sum((samples) => samples) - calibration, calibration };
  }

  /**
   * Adds samples laid end to end, each in the shape {@linkcode Fitter.inputShape}, with the class index of each, in all workers. Or adds
   * one picture of any size, with its class index. The data must stay as it is until the promise settles.
   *
   * What comes before an error or an abort in `data` stays added, as far as it was done: `counts` tells how much.
   *
   * @throws {@linkcode SheError} as `push` of `she-ood`; `internal` when a worker crashes; the signal's reason when aborted.
   */
  push(data: Float32Array, labels: ArrayLike<number>, options?: BatchOptions): Promise<void>;
  push(picture: Pixels | Drawable | Blob, label: number, options?: Pick<BatchOptions, "signal">): Promise<void>;
  async push(data: Float32Array | Pixels | Drawable | Blob, labels: ArrayLike<number> | number, options: BatchOptions = {}): Promise<void> {
    if (data instanceof Float32Array) return this.#pushAll(data, labels as ArrayLike<number>, options);
    const label = classes([labels as number]);
    options.signal?.throwIfAborted();
    const { value, transfer } = await parcel(data);
    this.#observed.push(await this.#pool.call<Observed>({ name: "observe", args: [value, label], transfer }, options.signal));
  }

  async #pushAll(data: Float32Array, labels: ArrayLike<number>, options: BatchOptions): Promise<void> {
    const all = labelsOf(data, labels, this.inputShape);
    const size = volume(this.inputShape);
    const part = (from: number, to: number): Call => {
      const { value, transfer } = values(data.subarray(from * size, to * size));
      return { name: "observe", args: [value, all.slice(from, to)], transfer };
    };
    await this.#pool.spread(all.length, options, part, this.#observed);
  }

  /**
   * Takes all samples of another fitter of the same model and options, which is empty then.
   *
   * @throws {@linkcode SheError} `fit` when they differ; `input-kind`.
   */
  merge(other: Fitter): void {
    if (!(other instanceof Fitter) || other === this) throw new SheError("input-kind", "what is merged is another Fitter");
    if (!alike(this.#model, other.#model) || ofFit(this.#options) !== ofFit(other.#options)) {
      throw new SheError("fit", "only fits of one model with the same options can be merged");
    }
    this.#observed.push(...other.#observed.splice(0));
  }

  /**
   * The detector of the samples so far, whose threshold lets this share of in-distribution samples pass, 0.95 unless you say
   * otherwise. It has workers of its own. More samples may be added afterwards, for another detector.
   *
   * @throws {@linkcode SheError} as `finish` of `she-ood`; the signal's reason when aborted.
   */
  async finish({ idPassRate = 0.95, signal }: { idPassRate?: number; signal?: AbortSignal } = {}): Promise<Detector> {
    const call = { name: "finish", args: [this.#observed, idPassRate] };
    const bytes = await this.#pool.call<Uint8Array<ArrayBuffer>>(call, signal);
    const { workers } = this.#options;
    return Detector.of(this.#module, bytes, { ...(workers && { workers }), ...(signal && { signal }) });
  }

  /** Ends its workers at once; what they were doing is rejected with `disposed`. A second call does nothing. */
  dispose(): void {
    this.#pool.close("disposed");
  }

  /** As {@linkcode Fitter.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

function alike(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/** What of the options makes a difference to the fit. */
function ofFit(options: FitterOptions): string {
  return JSON.stringify(Object.entries(ofTheFit(options)).sort());
}
