import { EXPLAIN, EXPORT, optionsOf, PROGRESS, SIGNAL } from "../call/options.js";
import { LOAD, type Source } from "../file/source.js";
import { classIndex } from "../fit/classes.js";
import type { Info } from "../info.js";
import { imageOf } from "../input/pixels.js";
import { countSamples, finitePart, joinReports, volume } from "../input/samples.js";
import type {
  BatchOptions,
  BatchReport,
  Drawable,
  ExplainOptions,
  Explanation,
  ExportOptions,
  Features,
  Input,
  Pixels,
  Report,
} from "../types.js";
import type { Call } from "./link.js";
import { CREW, limitsOf, load, openPool, type WorkerOptions, wasmModule } from "./load.js";
import { copyOf } from "./parcel.js";
import type { Pool } from "./pool.js";
import { Remote } from "./remote.js";

/** What a thread tells of a detector that it has loaded. */
export interface AboutDetector {
  info: Info;
  /** Number of samples that the model runs at once. */
  batchSize: number;
}

/**
 * A classifier with stored class patterns, as `Detector` of `she-ood`, but in web workers: the page
 * stays fluid however large the model, and every call returns a promise.
 *
 * ```js
 * import { Detector } from "she-ood/worker";
 *
 * const detector = await Detector.load("/models/cifar10.onnx");
 * const report = await detector.score(video);
 * detector.dispose(); // ends its workers, and gives all their memory back
 * ```
 *
 * Workers take calls in turn. With a camera, await each call before the next, or they queue up. An
 * aborted call rejects at once, though its worker may stay busy with it for a while. When a worker
 * crashes, its call rejects with `internal`; when a call takes longer than `timeout`, it rejects
 * with `timeout`. Another worker then takes the place.
 */
export class Detector extends Remote {
  readonly #batchSize: number;

  /** The detector's model, patterns and settings. */
  readonly info: Info;

  private constructor(pool: Pool, about: AboutDetector) {
    super(pool, about?.info.inputShape);
    this.#batchSize = about.batchSize;
    this.info = about.info;
  }

  /**
   * Loads the detector that comes with the package: a small network that knows the handwritten
   * digits 0 to 4.
   *
   * @throws {@linkcode SheError} `load-failed` when the WebAssembly or the worker's script cannot
   * be fetched; the signal's reason when aborted.
   */
  static async embedded(
    options?: Pick<WorkerOptions, "onProgress" | "signal" | "workers" | "timeout">,
  ): Promise<Detector> {
    const given = optionsOf(options, { ...PROGRESS, ...CREW });
    return Detector.#open(await wasmModule(given), { name: "embedded", args: [] }, given);
  }

  /**
   * Loads a detector file: an ONNX model with `she.*` metadata. The WebAssembly and the file are
   * fetched side by side.
   *
   * @throws {@linkcode SheError} as `Detector.load` of `she-ood`.
   */
  static async load(source: Source, options?: WorkerOptions): Promise<Detector> {
    return load(source, "the detector", optionsOf(options, { ...LOAD, ...CREW }), Detector.of);
  }

  /** @internal */
  static of(module: WebAssembly.Module, file: Blob, options: WorkerOptions): Promise<Detector> {
    return Detector.#open(module, { name: "load", args: [file, ...limitsOf(options)] }, options);
  }

  static async #open(
    module: WebAssembly.Module,
    setup: Call,
    options: WorkerOptions,
  ): Promise<Detector> {
    return new Detector(...(await openPool<AboutDetector>(module, setup, options)));
  }

  /**
   * Scores one sample: a `Float32Array` in the shape `info.inputShape`, or a picture of any size,
   * which may be a `Blob` or `File`. It scores what an element shows at the time of the call.
   *
   * @throws {@linkcode SheError} as `score` of `she-ood`; `internal` when the worker crashes,
   * `timeout` when it takes too long; the signal's reason when aborted.
   */
  async score(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Report> {
    return this.ask(options, "score", input);
  }

  /**
   * Scores one sample and shows where its similarity to a class comes from: which features, and
   * which places of a feature map.
   *
   * @throws {@linkcode SheError} as `explain` of `she-ood`; `internal` when the worker crashes,
   * `timeout` when it takes too long; the signal's reason when aborted.
   */
  async explain(
    input: Input | Blob,
    options?: ExplainOptions & { signal?: AbortSignal },
  ): Promise<Explanation> {
    const { class: index, ...rest } = optionsOf(options, { ...EXPLAIN, ...SIGNAL });
    const wanted = index === undefined ? undefined : classIndex(index);
    return this.ask(rest, "explain", input, wanted);
  }

  /**
   * Scores many samples laid end to end, each in the shape `info.inputShape`, in all workers. The
   * reports are in the order of the samples. Leave the data unchanged until the promise settles.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}; the signal's reason when aborted.
   */
  async scoreBatch(data: Float32Array, options?: BatchOptions): Promise<BatchReport> {
    const { pool } = this;
    const given = optionsOf(options, PROGRESS);
    const count = countSamples(data, this.info.inputShape);
    const size = volume(this.info.inputShape);
    const part = (from: number, to: number): Call => {
      const { value, transfer } = copyOf(finitePart(data, from * size, to * size));
      return { name: "scoreBatch", args: [value], transfer };
    };
    const parts: BatchReport[] = [];
    await pool.spread(count, given, part, parts, this.#batchSize);
    const [first = await pool.call<BatchReport>(part(0, 0), given.signal), ...others] = parts;
    return joinReports([first, ...others]);
  }

  /**
   * The picture as the model sees it: framed and resized to its input's own size, before it is
   * normalised. A gray input is shown in gray.
   *
   * @throws {@linkcode SheError} as `preview` of `she-ood`; `internal` when the worker crashes,
   * `timeout` when it takes too long.
   */
  async preview(
    picture: Pixels | Drawable | Blob,
    options?: { signal?: AbortSignal },
  ): Promise<ImageData> {
    return imageOf(await this.ask(options, "preview", picture), this.info.preprocess);
  }

  /**
   * Logits and features of one sample: a `Float32Array` in the shape `info.inputShape`, or a
   * picture of any size.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  async features(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Features> {
    return this.ask(options, "features", input);
  }

  /**
   * Scores of the held-out samples that set the threshold, ascending.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  async calibration(): Promise<Float32Array> {
    return this.pool.call({ name: "calibration", args: [] });
  }

  /**
   * The detector as a plain ONNX graph of standard operators, for any runtime.
   *
   * @throws {@linkcode SheError} as `toOnnx` of `she-ood`.
   */
  async toOnnx(options?: ExportOptions): Promise<Uint8Array<ArrayBuffer>> {
    return this.pool.call({ name: "toOnnx", args: [optionsOf(options, EXPORT)] });
  }

  /**
   * The detector as a file, for {@linkcode Detector.load} and any ONNX runtime.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  async toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.pool.call({ name: "toBytes", args: [] });
  }
}
