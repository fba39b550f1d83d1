import { finite, joined, oneSample, samplesIn, volume } from "./batch.js";
import { SheError } from "./error.js";
import { Detector as WasmDetector } from "./she_ood.js";
import { loaded, made } from "./load.js";
import { optionsOf } from "./options.js";
import { chunked } from "./pace.js";
import { type Rgba, decoded, pixelsOf } from "./pixels.js";
import { isBlob, isFloats, shown } from "./realm.js";
import { reportOf } from "./report.js";
import { type LoadOptions, type Source, limit } from "./source.js";
import type {
  BatchOptions,
  BatchReport,
  ExplainOptions,
  Explanation,
  Features,
  Info,
  Input,
  Report,
} from "./types.js";
import { Held, guarded, wasmReady } from "./wasm.js";

/**
 * A classifier with stored class patterns, which tells how far a sample is out of its depth.
 *
 * ```js
 * import { Detector } from "she-ood";
 *
 * const detector = await Detector.embedded();
 * const report = detector.score(canvas.getContext("2d").getImageData(0, 0, 280, 280));
 * console.log(report.isOod ? "never seen anything like it" : `it is a ${report.predicted.label}`);
 * detector.dispose();
 * ```
 *
 * It holds WebAssembly memory: call {@linkcode Detector.dispose} when done, or declare it with
 * `using`.
 */
export class Detector {
  readonly #held: Held<WasmDetector>;

  /** What the detector is made of. */
  readonly info: Info;

  private constructor(held: Held<WasmDetector>) {
    if (!(held instanceof Held)) {
      throw new SheError(
        "input-kind",
        "a detector is made by Detector.embedded() or Detector.load(), not by new",
      );
    }
    this.#held = held;
    this.info = guarded(() => held.live.info() as Info);
  }

  static #made(make: () => WasmDetector, wasm?: WasmDetector): Detector {
    return new Detector(new Held("this detector was disposed, load it again to go on", make, wasm));
  }

  /**
   * The detector that comes with the package: a small network that knows the handwritten digits 0
   * to 4.
   *
   * @throws {@linkcode SheError} `load-failed` when the WebAssembly cannot be fetched; the signal's reason when aborted.
   */
  static async embedded(options?: Pick<LoadOptions, "onProgress" | "signal">): Promise<Detector> {
    const given = optionsOf(options);
    await wasmReady(given);
    return made(given, () => Detector.#made(WasmDetector.embedded));
  }

  /**
   * Reads a detector file: an ONNX model with `she.*` metadata. The WebAssembly and the file are
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
   * @throws {@linkcode SheError} `load-failed` when something cannot be fetched; `invalid-model`, `unsupported-operator` or
   * `unsupported-model` for the model, `too-large` for one that asks for more than `limits`;
   * `not-a-detector`, `detector-version`, `invalid-detector`, `not-finite` or `invalid-option` for
   * what was added to it; `unknown-layer`, `unknown-class` or `patterns-mismatch` when the two do
   * not fit together; `input-kind`. The signal's reason when aborted.
   */
  static async load(source: Source, options?: LoadOptions): Promise<Detector> {
    const given: LoadOptions = optionsOf(options);
    const [nodes, values] = [limit("nodes", given), limit("values", given)];
    return loaded(source, "the detector", given, (bytes) =>
      Detector.#made(() => WasmDetector.load(bytes, nodes, values)),
    );
  }

  /** @internal */
  static of(wasm: WasmDetector, nodes?: number, values?: number): Detector {
    const bytes = guarded(() => wasm.toBytes());
    return Detector.#made(() => WasmDetector.load(bytes, nodes, values), wasm);
  }

  /**
   * Scores one sample: a `Float32Array` in the shape `info.inputShape`, or a picture of any size. A
   * `Blob` or `File` is decoded first, which takes a promise.
   *
   * @throws {@linkcode SheError} `input-length`, `not-finite`, `image-size`, `no-preprocess`, `input-kind` or `disposed` for the
   * call; `model-run` when the model fails.
   */
  score(input: Input): Report;
  score(input: Blob): Promise<Report>;
  score(input: Input | Blob): Report | Promise<Report>;
  score(input: Input | Blob): Report | Promise<Report> {
    const wasm = this.#held.live;
    if (isFloats(input))
      return guarded(() => reportOf(wasm.score(oneSample(input, this.info.inputShape)), this.info));
    if (isBlob(input)) return decoded(input).then((picture) => this.#scorePicture(picture));
    return this.#scorePicture(pixelsOf(input));
  }

  #scorePicture({ data, width, height }: Rgba): Report {
    return guarded(() => reportOf(this.#held.live.scoreImage(data, width, height), this.info));
  }

  /**
   * Scores one sample and tells where its similarity to a class comes from: which features, and
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
   * @throws {@linkcode SheError} `unknown-class` for a class that the model does not have, `invalid-option` for one without a pattern,
   * else as {@linkcode Detector.score}.
   */
  explain(input: Input, options?: ExplainOptions): Explanation;
  explain(input: Blob, options?: ExplainOptions): Promise<Explanation>;
  explain(input: Input | Blob, options?: ExplainOptions): Explanation | Promise<Explanation>;
  explain(input: Input | Blob, options?: ExplainOptions): Explanation | Promise<Explanation> {
    const wasm = this.#held.live;
    const index = classOf(optionsOf(options));
    if (isFloats(input))
      return guarded(() =>
        this.#explained(wasm.explain(oneSample(input, this.info.inputShape), index)),
      );
    if (isBlob(input))
      return decoded(input).then((picture) => this.#explainPicture(picture, index));
    return this.#explainPicture(pixelsOf(input), index);
  }

  #explainPicture({ data, width, height }: Rgba, index: number | undefined): Explanation {
    return guarded(() => this.#explained(this.#held.live.explainImage(data, width, height, index)));
  }

  #explained(explanation: object): Explanation {
    const { report, ...rest } = explanation as Omit<Explanation, "report"> & {
      report: Float64Array;
    };
    return { report: reportOf(report, this.info), ...rest };
  }

  /**
   * Scores many samples laid end to end, each in the shape `info.inputShape`, without blocking the
   * page for long. The data must stay as it is until the promise settles.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}; the signal's reason when aborted.
   */
  async scoreBatch(data: Float32Array, options?: BatchOptions): Promise<BatchReport> {
    const given = optionsOf(options);
    const count = samplesIn(data, this.info.inputShape);
    const size = volume(this.info.inputShape);
    const parts = [this.scoreAtOnce(data.subarray(0, 0))];
    const score = (from: number, to: number) =>
      void parts.push(this.scoreAtOnce(finite(data, from * size, to * size)));
    await chunked(count, given, score, this.batchSize);
    return joined(parts);
  }

  /**
   * Number of samples run at once in a batch. A shorter batch costs as much as a full one.
   *
   * @internal
   */
  get batchSize(): number {
    return guarded(() => this.#held.live.batchSize());
  }

  /** @internal */
  scoreAtOnce(data: Float32Array): BatchReport {
    return guarded(() => this.#held.live.scoreBatch(data) as BatchReport);
  }

  /**
   * Logits and features of one sample: a `Float32Array` in the shape `info.inputShape`, or a
   * picture of any size.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  features(input: Input): Features;
  features(input: Blob): Promise<Features>;
  features(input: Input | Blob): Features | Promise<Features>;
  features(input: Input | Blob): Features | Promise<Features> {
    const wasm = this.#held.live;
    if (isFloats(input))
      return guarded(() => wasm.features(oneSample(input, this.info.inputShape)) as Features);
    if (isBlob(input)) return decoded(input).then((picture) => this.#featuresOf(picture));
    return this.#featuresOf(pixelsOf(input));
  }

  #featuresOf({ data, width, height }: Rgba): Features {
    return guarded(
      () => this.#held.live.features(this.#held.live.preprocess(data, width, height)) as Features,
    );
  }

  /**
   * The scores of the held-out samples that the threshold is set by, ascending: what a score is to
   * be seen against.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  calibration(): Float32Array {
    return guarded(() => this.#held.live.calibration());
  }

  /**
   * The detector as a file, for {@linkcode Detector.load} and any ONNX runtime.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    return guarded(() => this.#held.live.toBytes() as Uint8Array<ArrayBuffer>);
  }

  /** Gives the memory back. The detector cannot be used afterwards; a second call does nothing. */
  dispose(): void {
    this.#held.dispose();
  }

  /** As {@linkcode Detector.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** The class that is asked for, checked here as WebAssembly would round it. */
export function classOf({ class: index }: ExplainOptions): number | undefined {
  if (index === undefined || (Number.isInteger(index) && index >= 0 && index < 2 ** 32))
    return index;
  throw new SheError(
    "unknown-class",
    `a class is given by its index, a whole number from 0, not ${shown(index)}`,
  );
}
