import { optionsOf, PROGRESS, SIGNAL } from "../call/options.js";
import { SheError } from "../error.js";
import type { Bytes } from "../file/response.js";
import type { Source } from "../file/source.js";
import { classesOf, classIndices } from "../fit/classes.js";
import { type AboutFit, checkAlike } from "../fit/merge.js";
import { Observations } from "../fit/observations.js";
import { FINISH, FIT, PART, PASS_RATE, privacyOptions, withoutLoading } from "../fit/options.js";
import { partOf } from "../fit/parts.js";
import { Probes } from "../fit/probes.js";
import type { ClassIndices, FitterOptions, PartOptions, PrivacyOptions } from "../fit/types.js";
import type { Preprocess } from "../info.js";
import { volume } from "../input/samples.js";
import type { BatchOptions, Input } from "../types.js";
import type { Observed } from "../wasm/calls.js";
import { Detector } from "./detector.js";
import type { Call } from "./link.js";
import { CREW, limitsOf, load, openPool, type WorkerOptions, withoutCrew } from "./load.js";
import { copyOf } from "./parcel.js";
import type { Pool } from "./pool.js";
import { Remote } from "./remote.js";

/** Loads a detector file into workers with the same options as the fitter. */
type MakeDetector = (file: Blob, signal?: AbortSignal) => Promise<Detector>;

/**
 * Makes a detector from any ONNX classifier and labelled samples, as `Fitter` of `she-ood`, but
 * runs the model in web workers.
 *
 * ```js
 * import { Fitter } from "she-ood/worker";
 *
 * const fitter = await Fitter.create("classifier.onnx", { labels });
 * await fitter.pushBatch(data, classes, {
 *   onProgress: ({ done, total }) => (bar.value = done / total),
 *   signal,
 * });
 * const detector = await fitter.finish({ idPassRate: 0.95 });
 * fitter.dispose();
 * ```
 *
 * The result does not depend on the number of workers. The page's side keeps the features, so a
 * crashed worker loses none.
 */
export class Fitter extends Remote {
  readonly #about: AboutFit;
  readonly #probes: Probes;
  readonly #detector: MakeDetector;
  readonly #observations = new Observations();

  /** Shape of one sample, without the batch dimension. */
  readonly inputShape: number[];

  /**
   * The preprocessing that is usual for pictures of this input shape, which `preprocess: {}` stands
   * for; `null` for a model of other inputs.
   */
  readonly usualPreprocess: Preprocess | null;

  private constructor(pool: Pool, about: AboutFit, detector: MakeDetector) {
    super(pool, about?.inputShape);
    this.#about = about;
    this.#probes = new Probes(about.probes);
    this.#detector = detector;
    this.inputShape = about.inputShape;
    this.usualPreprocess = about.usualPreprocess;
  }

  /**
   * Begins a fit. `model` may be a detector file too; only its model is used.
   *
   * @throws {@linkcode SheError} as `Fitter.create` of `she-ood`.
   */
  static async create(model: Source, options?: FitterOptions & WorkerOptions): Promise<Fitter> {
    return Fitter.#begin(model, optionsOf(options, { ...FIT, ...CREW }));
  }

  /**
   * Continues a fit of parts, as `Fitter.fromBytes` of `she-ood`.
   *
   * @throws {@linkcode SheError} as there.
   */
  static async fromBytes(
    model: Source,
    bytes: Uint8Array,
    options?: PartOptions & WorkerOptions,
  ): Promise<Fitter> {
    return Fitter.#begin(model, optionsOf(options, { ...PART, ...CREW }), partOf(bytes));
  }

  static #begin(
    model: Source,
    given: Partial<FitterOptions & PartOptions & WorkerOptions>,
    part?: Bytes,
  ): Promise<Fitter> {
    const own = withoutLoading(withoutCrew(given));
    const args = [own, ...limitsOf(given), part];
    const crew = crewOf(given);
    return load(model, "the model", given, async (module, file, options) => {
      const setup = { name: "create", args: [file, ...args] };
      const [pool, about] = await openPool<AboutFit>(module, setup, options);
      return new Fitter(pool, about, (file, signal) =>
        Detector.of(module, file, signal ? { ...crew, signal } : crew),
      );
    });
  }

  /** Number of samples so far: to fit on, and held out for calibration. */
  get counts(): { fit: number; calibration: number } {
    void this.pool;
    return this.#observations.counts(this.#about.holdOut);
  }

  /**
   * Adds one sample with its class index: a `Float32Array` in the shape
   * {@linkcode Fitter.inputShape}, or a picture of any size, which may be a `Blob` or `File`. Which
   * samples are held out, and which are put aside to choose and try by, depends on the order of the
   * calls.
   *
   * @throws {@linkcode SheError} as `push` of `she-ood`; `internal` when a worker crashes,
   * `timeout` when it takes too long; the signal's reason when aborted.
   */
  async push(
    input: Input | Blob,
    index: number | bigint,
    options?: { signal?: AbortSignal },
  ): Promise<void> {
    void this.pool;
    const mine = this.#observations.begin();
    const classes = classIndices([index]);
    const probes = this.#probes.next(classes);
    mine.push(await this.ask<Observed>(options, "observe", input, classes, probes));
  }

  /**
   * Adds samples laid end to end, each in the shape {@linkcode Fitter.inputShape}, with the class
   * index of each, in all workers. Leave the data unchanged until the promise settles.
   *
   * Samples added before an error or an abort stay added: `counts` tells how many.
   *
   * @throws {@linkcode SheError} as {@linkcode Fitter.push}, and `invalid-option` for the wrong
   * number of classes.
   */
  async pushBatch(
    data: Float32Array,
    classes: ClassIndices,
    options?: BatchOptions,
  ): Promise<void> {
    const { pool } = this;
    const given = optionsOf(options, PROGRESS);
    const all = classesOf(data, classes, this.inputShape);
    const [size, probes] = [volume(this.inputShape), this.#probes.next(all)];
    const part = (from: number, to: number): Call => {
      const { value, transfer } = copyOf(data.subarray(from * size, to * size));
      const args = [value, all.slice(from, to), probes.slice(from, to)];
      return { name: "observe", args, transfer };
    };
    const { batchSize } = this.#about;
    await pool.spread(all.length, given, part, this.#observations.begin(), batchSize);
  }

  /**
   * Takes all samples of another fitter of the same model and options, as if they had been pushed
   * here, and leaves it empty. Only the samples that either put aside for the choice and the trial
   * remain those.
   *
   * @throws {@linkcode SheError} `fit` when they differ; `disposed`; `input-kind`.
   */
  merge(other: Fitter): void {
    void this.pool;
    if (!(other instanceof Fitter) || other === this)
      throw new SheError("input-kind", "merge takes another Fitter of this entry of the package");
    void other.pool;
    checkAlike(this.#about, other.#about);
    this.#observations.take(other.#observations);
  }

  /**
   * Makes the detector of the samples so far, with workers of its own. Its threshold lets the share
   * `idPassRate` of in-distribution samples pass, and its prediction sets hold the class of the
   * same share, 0.95 by default. You can add more samples afterwards, for another detector.
   *
   * @throws {@linkcode SheError} as `finish` of `she-ood`; the signal's reason when aborted.
   */
  async finish(options?: { idPassRate?: number; signal?: AbortSignal }): Promise<Detector> {
    const { signal, idPassRate = PASS_RATE } = optionsOf(options, { ...FINISH, ...SIGNAL });
    const call = { name: "finish", args: [this.#observations.all, idPassRate] };
    const file = await this.pool.call<Uint8Array<ArrayBuffer>>(call, signal);
    return this.#detector(new Blob([file]), signal);
  }

  /**
   * The samples so far as a part of a fit, as `toBytes` of `she-ood`.
   *
   * @throws {@linkcode SheError} as there.
   */
  async toBytes(options?: PrivacyOptions): Promise<Uint8Array<ArrayBuffer>> {
    const own = privacyOptions(options);
    return this.pool.call({ name: "part", args: [this.#observations.all, own] });
  }

  /**
   * Ends its workers at once and rejects their calls with `disposed`. A second call does nothing.
   */
  override dispose(): void {
    super.dispose();
    this.#observations.clear();
  }
}

/** Copies the options that the workers of the detector take over from the fitter. */
function crewOf({ workers, timeout, limits }: WorkerOptions): WorkerOptions {
  return {
    ...(workers !== undefined && { workers }),
    ...(timeout !== undefined && { timeout }),
    ...(limits && { limits }),
  };
}
