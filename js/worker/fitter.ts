import { oneSample, volume } from "../batch.js";
import { checkAborted } from "../abort.js";
import { SheError } from "../error.js";
import { fitOptions, passRate } from "../fit-options.js";
import { type Begun, checkAlike, indices, labelsOf } from "../fitter.js";
import { Observations, type Observed } from "../observed.js";
import { optionsOf } from "../options.js";
import { isFloats } from "../realm.js";
import type { LoadOptions, Source } from "../source.js";
import type {
  BatchOptions,
  Drawable,
  Features,
  FitterOptions,
  Input,
  Labels,
  Layer,
  Pixels,
  Preprocess,
} from "../types.js";
import { Detector } from "./detector.js";
import type { Call } from "./link.js";
import { type WorkerOptions, loaded, opened } from "./load.js";
import { parcel, values } from "./parcel.js";
import { Pool } from "./pool.js";

/**
 * Makes a detector of any ONNX classifier and labelled samples, as `Fitter` of `she-ood`, with the
 * model at work in web workers.
 *
 * ```js
 * import { Fitter } from "she-ood/worker";
 *
 * const fitter = await Fitter.create("classifier.onnx", { layers: ["penultimate"], similarity:
 * "cosine", holdOut: 0.1 }); await fitter.push(data, labels, { onProgress: ({ done, total }) =>
 * (bar.value = done / total), signal }); const detector = await fitter.finish({ idPassRate: 0.95
 * }); fitter.dispose();
 * ```
 *
 * The result is the same, whatever the number of workers. The features are kept on the side of the
 * page, so that no crash of a worker loses them.
 */
export class Fitter {
  readonly #pool: Pool;
  readonly #begun: Begun;
  /** Makes a detector of its file, in workers as these are. */
  readonly #detector: (file: Blob, signal?: AbortSignal) => Promise<Detector>;
  readonly #observations = new Observations();

  /** Shape of one sample, without the batch dimension. */
  readonly inputShape: number[];

  /**
   * How pictures usually become inputs of this shape, which is what `preprocess: {}` stands for;
   * `null` where the model takes no pictures.
   */
  readonly usualPreprocess: Preprocess | null;

  private constructor(
    pool: Pool,
    begun: Begun,
    detector: (file: Blob, signal?: AbortSignal) => Promise<Detector>,
  ) {
    if (!(pool instanceof Pool))
      throw new SheError("input-kind", "a fitter is made by Fitter.create(), not by new");
    this.#pool = pool;
    this.#begun = begun;
    this.#detector = detector;
    this.inputShape = begun.inputShape;
    this.usualPreprocess = begun.usualPreprocess;
  }

  /**
   * The layers of a classifier that can be tapped, from input to output.
   *
   * @throws {@linkcode SheError} as {@linkcode Fitter.create}.
   */
  static async layers(model: Source, options?: WorkerOptions): Promise<Layer[]> {
    return loaded(model, "the model", optionsOf(options), async (module, file, given) => {
      const [pool, layers] = await opened<Layer[]>(
        module,
        { name: "layers", args: [file, given.limits] },
        { ...given, workers: 1 },
      );
      pool.close("disposed");
      return layers;
    });
  }

  /**
   * Begins a fit. `model` may be a detector file too, of which the model alone is taken.
   *
   * @throws {@linkcode SheError} as `Fitter.create` of `she-ood`.
   */
  static async create(model: Source, options: FitterOptions & WorkerOptions): Promise<Fitter> {
    const given = optionsOf(options);
    const { workers, timeout, ...ofFit } = given;
    const limits = given.limits && { limits: { ...given.limits } };
    // As they are now: workers that are started later begin with the same.
    const kept = { ...fitOptions(ofFit), ...limits };
    const crew = {
      ...(workers !== undefined && { workers }),
      ...(timeout !== undefined && { timeout }),
      ...limits,
    };
    return loaded(model, "the model", given, async (module, file, options) => {
      const [pool, begun] = await opened<Begun>(
        module,
        { name: "create", args: [file, kept] },
        options,
      );
      return new Fitter(pool, begun, (file, signal) =>
        Detector.of(module, file, signal ? { ...crew, signal } : crew),
      );
    });
  }

  /** Number of samples so far: those to fit on, and those held out for calibration. */
  get counts(): { fit: number; calibration: number } {
    this.#pool.check();
    return this.#observations.counts(this.#begun.holdOut);
  }

  /**
   * Adds samples laid end to end, each in the shape {@linkcode Fitter.inputShape}, with the class
   * index of each, in all workers. Or adds one picture of any size, with its class index. The data
   * must stay as it is until the promise settles.
   *
   * What comes before an error or an abort in `data` stays added, as far as it was done: `counts`
   * tells how much.
   *
   * @throws {@linkcode SheError} as `push` of `she-ood`; `internal` when a worker crashes, `timeout` when it takes too long; the signal's reason when aborted.
   */
  push(data: Float32Array, labels: Labels, options?: BatchOptions): Promise<void>;
  push(
    picture: Pixels | Drawable | Blob,
    label: number | bigint,
    options?: Pick<BatchOptions, "signal">,
  ): Promise<void>;
  async push(
    data: Float32Array | Pixels | Drawable | Blob,
    labels: Labels | number | bigint,
    options?: BatchOptions,
  ): Promise<void> {
    this.#pool.check();
    const given: BatchOptions = optionsOf(options);
    const mine = this.#observations.begin();
    if (isFloats(data)) return this.#pushAll(data, labels as Labels, given, mine);
    const label = indices([labels as number | bigint]);
    checkAborted(given.signal);
    const { value, transfer } = await parcel(data);
    mine.push(
      await this.#pool.call<Observed>(
        { name: "observe", args: [value, label], transfer },
        given.signal,
      ),
    );
  }

  async #pushAll(
    data: Float32Array,
    labels: Labels,
    options: BatchOptions,
    mine: Observed[],
  ): Promise<void> {
    const all = labelsOf(data, labels, this.inputShape);
    const size = volume(this.inputShape);
    const part = (from: number, to: number): Call => {
      const { value, transfer } = values(data.subarray(from * size, to * size));
      return { name: "observe", args: [value, all.slice(from, to)], transfer };
    };
    await this.#pool.spread(all.length, options, part, mine);
  }

  /**
   * Logits and features of one sample, as the model gives them: a `Float32Array` in the shape
   * {@linkcode Fitter.inputShape}, or a picture of any size.
   *
   * @throws {@linkcode SheError} as `features` of `she-ood`; the signal's reason when aborted.
   */
  async features(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Features> {
    this.#pool.check();
    const { signal } = optionsOf(options);
    checkAborted(signal);
    const { value, transfer } = await parcel(
      isFloats(input) ? oneSample(input, this.inputShape) : input,
    );
    return this.#pool.call({ name: "featuresOf", args: [value], transfer }, signal);
  }

  /**
   * Takes all samples of another fitter of the same model and options, which is empty then, as if
   * they had been pushed here.
   *
   * @throws {@linkcode SheError} `fit` when they differ; `disposed`; `input-kind`.
   */
  merge(other: Fitter): void {
    this.#pool.check();
    if (!(other instanceof Fitter) || other === this)
      throw new SheError(
        "input-kind",
        "what is merged is another Fitter of this entry of the package",
      );
    other.#pool.check();
    checkAlike(this.#begun, other.#begun);
    this.#observations.take(other.#observations);
  }

  /**
   * The detector of the samples so far, whose threshold lets this share of in-distribution samples
   * pass, 0.95 unless you say otherwise. It has workers of its own. More samples may be added
   * afterwards, for another detector.
   *
   * @throws {@linkcode SheError} as `finish` of `she-ood`; the signal's reason when aborted.
   */
  async finish(options?: { idPassRate?: number; signal?: AbortSignal }): Promise<Detector> {
    const { signal, ...rate } = optionsOf(options);
    const call = { name: "finish", args: [this.#observations.all, passRate(rate)] };
    const file = await this.#pool.call<Uint8Array<ArrayBuffer>>(call, signal);
    return this.#detector(new Blob([file]), signal);
  }

  /**
   * Ends its workers at once; what they were doing is rejected with `disposed`. A second call does
   * nothing.
   */
  dispose(): void {
    this.#pool.close("disposed");
    this.#observations.clear();
  }

  /** As {@linkcode Fitter.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}
