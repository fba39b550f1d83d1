import { checkAborted } from "./call/abort.js";
import { EXPLAIN, optionsOf, PROGRESS, SIGNAL } from "./call/options.js";
import { chunks, Pace } from "./call/pace.js";
import { hashModel } from "./file/hash.js";
import type { Bytes } from "./file/response.js";
import { LOAD, type LoadOptions, type Source } from "./file/source.js";
import { classIndex } from "./fit/classes.js";
import type { Info } from "./info.js";
import { imageOf } from "./input/pixels.js";
import { countSamples, finitePart, joinReports, volume } from "./input/samples.js";
import { type ModelFile, Detector as WasmDetector } from "./she_ood.js";
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
} from "./types.js";
import { explain, features, preview, score, scoreBatch, toOnnx } from "./wasm/calls.js";
import { type Create, guarded, Handle } from "./wasm/instance.js";
import { compile, load } from "./wasm/load.js";
import { wasmReady } from "./wasm/ready.js";

/**
 * A classifier with stored class patterns, which tells how unlike its training data a sample is.
 *
 * ```js
 * import { Detector } from "she-ood";
 *
 * const detector = await Detector.embedded();
 * const report = detector.score(canvas);
 * console.log(report.isOod ? "never seen anything like it" : `it is a ${report.predicted.label}`);
 * detector.dispose();
 * ```
 *
 * It holds WebAssembly memory: call {@linkcode Detector.dispose} when done, or declare it with
 * `using`.
 */
export class Detector extends Handle<WasmDetector> {
  /** The detector's model, patterns and settings. */
  readonly info: Info;
  readonly #pace = new Pace();

  private constructor(create: Create<WasmDetector>, from: Bytes[] | WasmDetector) {
    super(create, from);
    this.info = guarded(() => this.wasm.info() as Info);
  }

  /**
   * Loads the detector that comes with the package: a small network that knows the handwritten
   * digits 0 to 4.
   *
   * @throws {@linkcode SheError} `load-failed` when the WebAssembly cannot be fetched; the signal's
   * reason when aborted.
   */
  static async embedded(options?: Pick<LoadOptions, "onProgress" | "signal">): Promise<Detector> {
    const given = optionsOf(options, PROGRESS);
    await wasmReady(given);
    return compile(
      given,
      () => new Detector((file) => WasmDetector.load(file), WasmDetector.embedded()),
    );
  }

  /**
   * Loads a detector file: an ONNX model with `she.*` metadata. The WebAssembly and the file are
   * fetched side by side.
   *
   * ```js
   * const detector = await Detector.load("/models/cifar10.onnx", {
   *   onProgress: ({ phase, loaded, total }) => console.log(phase, loaded, total),
   *   signal: AbortSignal.timeout(30_000),
   *   cache: true,
   * });
   * ```
   *
   * @throws {@linkcode SheError} `load-failed` when something cannot be fetched; `invalid-model`,
   * `unsupported-operator` or `unsupported-model` for the model, `too-large` when it exceeds
   * `limits`; `not-a-detector`, `detector-version`, `invalid-detector`, `not-finite` or
   * `invalid-option` for the metadata; `unknown-layer`, `unknown-class` or `patterns-mismatch` when
   * the two do not fit together; `input-kind`. The signal's reason when aborted.
   */
  static async load(source: Source, options?: LoadOptions): Promise<Detector> {
    const given = optionsOf(options, LOAD);
    const { nodes, values } = given.limits ?? {};
    return load(
      source,
      "the detector",
      given,
      (parts, hash) => {
        // Of these bytes alone: those read out of memory after a crash are hashed anew.
        const hashes = [hash];
        const create = (file: ModelFile) =>
          WasmDetector.load(file, nodes, values, ...(hashes.pop() ?? []));
        return new Detector(create, parts);
      },
      hashModel,
    );
  }

  /** @internal */
  static of(wasm: WasmDetector, nodes?: number, values?: number): Detector {
    return new Detector((file) => WasmDetector.load(file, nodes, values), wasm);
  }

  /**
   * Scores one sample: a `Float32Array` in the shape `info.inputShape`, or a picture of any size.
   * Decode a `Blob` or `File` first, with {@linkcode decode}.
   *
   * @throws {@linkcode SheError} `input-length`, `not-finite`, `image-size`, `no-preprocess`,
   * `input-kind` or `disposed` for the call; `model-run` when the model fails.
   */
  score(input: Input): Report {
    return score(this.wasm, input, this.info);
  }

  /**
   * Scores one sample and shows where its similarity to a class comes from: which features, and
   * which places of a feature map.
   *
   * ```js
   * const explanation = detector.explain(image);
   * for (const { name, map } of explanation.layers) {
   *   // The higher a value, the more the picture is like explanation.class.label there.
   *   if (map) console.log(name, map.height, map.width, map.values);
   * }
   * ```
   *
   * @throws {@linkcode SheError} `unknown-class` for a class that the model does not have,
   * `invalid-option` for one without a pattern, else as {@linkcode Detector.score}.
   */
  explain(input: Input, options?: ExplainOptions): Explanation {
    const { class: index } = optionsOf(options, EXPLAIN);
    const wanted = index === undefined ? undefined : classIndex(index);
    return explain(this.wasm, input, wanted, this.info);
  }

  /**
   * Scores many samples laid end to end, each in the shape `info.inputShape`, without blocking the
   * page for long. Leave the data unchanged until the promise settles.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}; the signal's reason when aborted.
   */
  async scoreBatch(data: Float32Array, options?: BatchOptions): Promise<BatchReport> {
    const given = optionsOf(options, PROGRESS);
    const count = countSamples(data, this.info.inputShape);
    const size = volume(this.info.inputShape);
    const parts: BatchReport[] = [];
    const batchSize = guarded(() => this.wasm.batchSize());
    const part = (from: number, to: number) =>
      scoreBatch(this.wasm, finitePart(data, from * size, to * size));
    for await (const range of chunks(count, given, this.#pace, batchSize))
      parts.push(part(...range));
    const [first = part(0, 0), ...others] = parts;
    return joinReports([first, ...others]);
  }

  /**
   * The picture as the model sees it: framed and resized to its input's own size, before it is
   * normalised. A gray input is shown in gray. Where there is no `ImageData`, as in Node, it is a
   * plain object with the same fields.
   *
   * @throws {@linkcode SheError} `no-preprocess`, `image-size`, `input-kind` or `disposed`; the
   * signal's reason when aborted.
   */
  async preview(
    picture: Pixels | Drawable,
    options?: { signal?: AbortSignal },
  ): Promise<ImageData> {
    checkAborted(optionsOf(options, SIGNAL).signal);
    return imageOf(preview(this.wasm, picture), this.info.preprocess);
  }

  /**
   * Logits and features of one sample: a `Float32Array` in the shape `info.inputShape`, or a
   * picture of any size.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  features(input: Input): Features {
    return features(this.wasm, input, this.info.inputShape);
  }

  /**
   * Scores of the held-out samples that set the threshold, ascending.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  calibration(): Float32Array {
    return guarded(() => this.wasm.calibration());
  }

  /**
   * The detector as a plain ONNX graph of standard operators, for any runtime: the outputs of the
   * model, and `ood_score`, `ood_p_value`, `is_ood` and `nearest` for each sample. The threshold is
   * the input `ood_threshold`, which need not be given.
   *
   * @throws {@linkcode SheError} `unsupported-model` for a model that cannot be exported;
   * `no-preprocess` or `invalid-option` for pictures that no standard operator prepares alike;
   * `disposed`.
   */
  toOnnx(options?: ExportOptions): Uint8Array<ArrayBuffer> {
    return toOnnx(this.wasm, options);
  }

  /**
   * The detector as a file, for {@linkcode Detector.load} and any ONNX runtime.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return this.file();
  }
}
