import { checkAborted } from "./call/abort.js";
import { optionsOf, PROGRESS, SIGNAL } from "./call/options.js";
import { breathe, chunks, Pace } from "./call/pace.js";
import { Detector } from "./detector.js";
import { SheError } from "./error.js";
import type { Bytes } from "./file/response.js";
import type { Source } from "./file/source.js";
import { classesOf, classIndices } from "./fit/classes.js";
import { type AboutFit, checkAlike } from "./fit/merge.js";
import { Observations } from "./fit/observations.js";
import { FINISH, FIT, PART, PASS_RATE, privacyOptions, withoutLoading } from "./fit/options.js";
import { partOf } from "./fit/parts.js";
import { Probes } from "./fit/probes.js";
import type { ClassIndices, FitterOptions, PartOptions, PrivacyOptions } from "./fit/types.js";
import type { Preprocess } from "./info.js";
import { volume } from "./input/samples.js";
import { type ModelFile, type Detector as WasmDetector, Fitter as WasmFitter } from "./she_ood.js";
import type { BatchOptions, Input } from "./types.js";
import { finish, observe, part } from "./wasm/calls.js";
import { type Create, guarded, Handle } from "./wasm/instance.js";
import { load } from "./wasm/load.js";

/**
 * Makes a detector from any ONNX classifier and labelled samples, on the device.
 *
 * ```js
 * import { Fitter, decode } from "she-ood";
 *
 * const fitter = await Fitter.create("classifier.onnx", {
 *   labels: ["ant", "bee", "cat"],
 *   preprocess: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
 *   holdOut: 0.1,
 * });
 * for (const { file, index } of pictures) fitter.push(await decode(file), index);
 * const detector = await fitter.finish({ idPassRate: 0.95 });
 * console.log(detector.info.judgement?.sentence); // whether it works
 * fitter.dispose();
 * const bytes = detector.toBytes(); // the file that Detector.load reads
 * ```
 *
 * It keeps the features, four bytes a value, and not the samples. It holds WebAssembly memory: call
 * {@linkcode Fitter.dispose} when done, or declare it with `using`.
 */
export class Fitter extends Handle<WasmFitter> {
  readonly #observations = new Observations();
  readonly #pace = new Pace();
  readonly #about: AboutFit;
  readonly #probes: Probes;
  readonly #detector: (wasm: WasmDetector) => Detector;

  private constructor(
    create: Create<WasmFitter>,
    parts: Bytes[],
    detector: (wasm: WasmDetector) => Detector,
  ) {
    super(create, parts);
    this.#about = guarded(() => this.wasm.about() as AboutFit);
    this.#probes = new Probes(this.#about.probes);
    this.#detector = detector;
  }

  /** Shape of one sample, without the batch dimension. */
  get inputShape(): number[] {
    return this.#about.inputShape;
  }

  /**
   * The preprocessing that is usual for pictures of this input shape, which `preprocess: {}` stands
   * for; `null` for a model of other inputs.
   */
  get usualPreprocess(): Preprocess | null {
    return this.#about.usualPreprocess;
  }

  /**
   * Begins a fit. `model` may be a detector file too; only its model is used.
   *
   * @throws {@linkcode SheError} `invalid-model`, `unsupported-operator` or `unsupported-model` for
   * the model, `too-large` when it exceeds `limits`; `unknown-layer`; `fit` or `invalid-option`
   * for options that cannot be used; `load-failed`, `input-kind`; the signal's reason when aborted.
   */
  static async create(model: Source, options?: FitterOptions): Promise<Fitter> {
    return Fitter.#begin(model, optionsOf(options, FIT));
  }

  /**
   * Continues a fit of parts. With the merged bytes of {@linkcode Fitter.toBytes} from everyone,
   * `toBytes` makes the scores of the samples pushed here; with these merged in as well, `finish`
   * makes the detector. All options but `classConditional` and `calibration` come with the bytes.
   *
   * @throws {@linkcode SheError} `invalid-part` for bytes that are not a part or are damaged;
   * `parts-mismatch` for another model; `invalid-option` for an option that comes with the bytes;
   * else as {@linkcode Fitter.create}.
   */
  static async fromBytes(model: Source, bytes: Uint8Array, options?: PartOptions): Promise<Fitter> {
    return Fitter.#begin(model, optionsOf(options, PART), partOf(bytes));
  }

  static #begin(
    model: Source,
    given: Partial<FitterOptions & PartOptions>,
    part?: Bytes,
  ): Promise<Fitter> {
    const own = withoutLoading(given);
    const { nodes, values } = given.limits ?? {};
    const create = (file: ModelFile) => WasmFitter.create(file, own, nodes, values, part);
    const detector = (wasm: WasmDetector) => Detector.of(wasm, nodes, values);
    return load(model, "the model", given, (parts) => new Fitter(create, parts, detector));
  }

  /** Number of samples so far: to fit on, and held out for calibration. */
  get counts(): { fit: number; calibration: number } {
    void this.wasm;
    return this.#observations.counts(this.#about.holdOut);
  }

  /**
   * Adds one sample with its class index: a `Float32Array` in the shape
   * {@linkcode Fitter.inputShape}, or a picture of any size. Decode a `Blob` or `File` first, with
   * {@linkcode decode}. Which samples are held out, and which are put aside to choose and try by,
   * depends on the order in which they come.
   *
   * @throws {@linkcode SheError} `unknown-class`, else as {@linkcode Detector.score}.
   */
  push(input: Input, index: number | bigint): void {
    const classes = classIndices([index]);
    const observed = observe(this.wasm, input, classes, this.#probes.next(classes));
    this.#observations.begin().push(observed);
  }

  /**
   * Adds samples laid end to end, each in the shape {@linkcode Fitter.inputShape}, with the class
   * index of each, without blocking the page for long. Leave the data unchanged until the promise
   * settles.
   *
   * Samples added before an error or an abort stay added: `counts` tells how many.
   *
   * @throws {@linkcode SheError} `unknown-class`, `invalid-option` for the wrong number of classes,
   * else as {@linkcode Detector.score}; the signal's reason when aborted.
   */
  async pushBatch(
    data: Float32Array,
    classes: ClassIndices,
    options?: BatchOptions,
  ): Promise<void> {
    void this.wasm;
    const given = optionsOf(options, PROGRESS);
    const all = classesOf(data, classes, this.inputShape);
    const size = volume(this.inputShape);
    const [push, probes] = [this.#observations.begin(), this.#probes.next(all)];
    for await (const [from, to] of chunks(all.length, given, this.#pace, this.#about.batchSize)) {
      const part = data.subarray(from * size, to * size);
      push.push(observe(this.wasm, part, all.slice(from, to), probes.slice(from, to)));
    }
  }

  /**
   * Takes all samples of another fitter of the same model and options, as if they had been pushed
   * here, and leaves it empty. Only the samples that either put aside for the choice and the trial
   * remain those.
   *
   * @throws {@linkcode SheError} `fit` when they differ; `disposed`; `input-kind`.
   */
  merge(other: Fitter): void {
    void this.wasm;
    if (!(other instanceof Fitter) || other === this)
      throw new SheError("input-kind", "merge takes another Fitter of this entry of the package");
    void other.wasm;
    checkAlike(this.#about, other.#about);
    this.#observations.take(other.#observations);
  }

  /**
   * Makes the detector of the samples so far. Its threshold lets the share `idPassRate` of
   * in-distribution samples pass, and its prediction sets hold the class of the same share, 0.95 by
   * default. You can add more samples afterwards, for another detector.
   *
   * @throws {@linkcode SheError} `fit` when no sample is classified correctly or a layer's scores
   * do not vary; `invalid-option`; `disposed`; the signal's reason when aborted.
   */
  async finish(options?: { idPassRate?: number; signal?: AbortSignal }): Promise<Detector> {
    void this.wasm;
    const { signal, idPassRate = PASS_RATE } = optionsOf(options, { ...FINISH, ...SIGNAL });
    await breathe();
    checkAborted(signal);
    return this.#detector(finish(this.wasm, this.#observations.all, idPassRate));
  }

  /**
   * The samples so far as a part of a fit, for {@linkcode merge}: sums, counts and scores, no
   * samples and, unless `store` says so, no features of one. Parts need options that decide, such
   * as `similarity`: a fit of parts chooses nothing.
   *
   * `holdOut` holds out the same samples of any split, by a hash of their features.
   *
   * With `noise`, {@linkcode partInfo} tells the epsilon of the part. Each call draws its own
   * noise, so a second part of the same samples reveals more than that.
   *
   * @throws {@linkcode SheError} `invalid-option` for a fit that chooses, whose patterns classify,
   * or that gathers more than sums and counts with `noise`; `fit`; `invalid-part`; `disposed`.
   */
  async toBytes(options?: PrivacyOptions): Promise<Uint8Array<ArrayBuffer>> {
    void this.wasm;
    const own = privacyOptions(options);
    await breathe();
    return part(this.wasm, this.#observations.all, own);
  }

  /** Gives the memory back. The fitter cannot be used afterwards; a second call does nothing. */
  override dispose(): void {
    super.dispose();
    this.#observations.clear();
  }
}
