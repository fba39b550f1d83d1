import { oneSample, volume } from "./batch.js";
import { Detector } from "./detector.js";
import { SheError } from "./error.js";
import { fitOptions, passRate } from "./fit-options.js";
import { loaded } from "./load.js";
import { Observations, type Observed } from "./observed.js";
import { optionsOf } from "./options.js";
import { breath, chunked } from "./pace.js";
import { type Rgba, decoded, pixelsOf } from "./pixels.js";
import { isBlob, isFloats, kind, shown } from "./realm.js";
import { type LoadOptions, type Source, limit } from "./source.js";
import {
  type Detector as WasmDetector,
  Fitter as WasmFitter,
  layers as wasmLayers,
} from "./she_ood.js";
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
} from "./types.js";
import { Held, guarded } from "./wasm.js";

/**
 * Makes a detector of any ONNX classifier and labelled samples, on the device.
 *
 * ```js
 * import { Fitter } from "she-ood";
 *
 * const fitter = await Fitter.create("classifier.onnx", {
 *   layers: ["penultimate"],
 *   classes: ["ant", "bee", "cat"],
 *   similarity: "cosine",
 *   preprocess: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
 *   holdOut: 0.1,
 * });
 * for (const { file, label } of files) await fitter.push(file, label);
 * const detector = await fitter.finish({ idPassRate: 0.95 });
 * fitter.dispose();
 * const bytes = detector.toBytes(); // the file that Detector.load reads
 * ```
 *
 * Features are kept, four bytes a value; the samples are not. It holds WebAssembly memory: call
 * {@linkcode Fitter.dispose} when done, or declare it with `using`.
 */
export class Fitter {
  readonly #held: Held<WasmFitter>;
  readonly #observations = new Observations();

  /**
   * What those need to know of this fit that run the model for it.
   *
   * @internal
   */
  readonly begun: Begun;

  /** Makes a detector of one in WebAssembly. */
  readonly #detector: (wasm: WasmDetector) => Detector;

  private constructor(held: Held<WasmFitter>, detector: (wasm: WasmDetector) => Detector) {
    if (!(held instanceof Held))
      throw new SheError("input-kind", "a fitter is made by Fitter.create(), not by new");
    this.#held = held;
    this.#detector = detector;
    const wasm = held.live;
    this.begun = guarded(() => ({
      inputShape: [...wasm.inputShape()],
      usualPreprocess: wasm.usualPreprocess() as Preprocess | null,
      holdOut: wasm.holdOut(),
      identity: wasm.identity(),
    }));
  }

  /** Shape of one sample, without the batch dimension. */
  get inputShape(): number[] {
    return this.begun.inputShape;
  }

  /**
   * How pictures usually become inputs of this shape, which is what `preprocess: {}` stands for;
   * `null` where the model takes no pictures.
   */
  get usualPreprocess(): Preprocess | null {
    return this.begun.usualPreprocess;
  }

  /**
   * The layers of a classifier that can be tapped, from input to output.
   *
   * @throws {@linkcode SheError} as {@linkcode Fitter.create}.
   */
  static async layers(model: Source, options?: LoadOptions): Promise<Layer[]> {
    const given: LoadOptions = optionsOf(options);
    const [nodes, values] = [limit("nodes", given), limit("values", given)];
    return loaded(
      model,
      "the model",
      given,
      (bytes) => wasmLayers(bytes, nodes, values) as Layer[],
    );
  }

  /**
   * Begins a fit. `model` may be a detector file too, of which the model alone is taken.
   *
   * @throws {@linkcode SheError} `invalid-model`, `unsupported-operator` or `unsupported-model` for the model, `too-large` for one that
   * asks for more than `limits`; `unknown-layer`; `fit`, `invalid-option` or `invalid-detector` for
   * options that cannot be; `load-failed`, `input-kind`; the signal's reason when aborted.
   */
  static async create(model: Source, options: FitterOptions): Promise<Fitter> {
    const given: Partial<FitterOptions> = optionsOf(options);
    // As they are now: WebAssembly that is started anew begins with the same.
    const kept = JSON.stringify(fitOptions(given));
    const disposed = "this fitter was disposed, create another to go on";
    const [nodes, values] = [limit("nodes", given), limit("values", given)];
    const detector = (wasm: WasmDetector) => Detector.of(wasm, nodes, values);
    const held = (bytes: Uint8Array) =>
      new Held(disposed, () => WasmFitter.create(bytes, kept, nodes, values));
    return loaded(model, "the model", given, (bytes) => new Fitter(held(bytes), detector));
  }

  /** Number of samples so far: those to fit on, and those held out for calibration. */
  get counts(): { fit: number; calibration: number } {
    void this.#held.live;
    return this.#observations.counts(this.begun.holdOut);
  }

  /**
   * Adds samples laid end to end, each in the shape {@linkcode Fitter.inputShape}, with the class
   * index of each, without blocking the page for long. Or adds one picture of any size, with its
   * class index.
   *
   * What was added before an error or an abort stays added: `counts` tells how much.
   *
   * @throws {@linkcode SheError} `unknown-class`, `invalid-option` for the wrong number of labels, else as
   * {@linkcode Detector.score}; the signal's reason when aborted.
   */
  push(data: Float32Array, labels: Labels, options?: BatchOptions): Promise<void>;
  push(picture: Pixels | Drawable | Blob, label: number | bigint): Promise<void>;
  async push(
    data: Float32Array | Pixels | Drawable | Blob,
    labels: Labels | number | bigint,
    options?: BatchOptions,
  ): Promise<void> {
    if (isFloats(data)) return this.#pushAll(data, labels as Labels, optionsOf(options));
    void this.#held.live;
    const push = this.#observations.begin();
    const label = indices([labels as number | bigint]);
    push.push(this.observe(isBlob(data) ? await decoded(data) : data, label));
  }

  async #pushAll(data: Float32Array, labels: Labels, options: BatchOptions): Promise<void> {
    const all = labelsOf(data, labels, this.inputShape);
    const size = volume(this.inputShape);
    const push = this.#observations.begin();
    const observe = (from: number, to: number) =>
      void push.push(this.observe(data.subarray(from * size, to * size), all.slice(from, to)));
    await chunked(all.length, options, observe);
  }

  /**
   * Logits and features of one sample, as the model gives them: a `Float32Array` in the shape
   * {@linkcode Fitter.inputShape}, or a picture of any size.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  features(input: Input): Features;
  features(input: Blob): Promise<Features>;
  features(input: Input | Blob): Features | Promise<Features>;
  features(input: Input | Blob): Features | Promise<Features> {
    const wasm = this.#held.live;
    if (isFloats(input))
      return guarded(() => wasm.featuresOf(oneSample(input, this.inputShape)) as Features);
    if (isBlob(input)) return decoded(input).then((picture) => this.#featuresOf(picture));
    return this.#featuresOf(pixelsOf(input));
  }

  #featuresOf({ data, width, height }: Rgba): Features {
    const wasm = this.#held.live;
    return guarded(() => wasm.featuresOf(wasm.preprocess(data, width, height)) as Features);
  }

  /**
   * The features of samples or of one picture, for {@linkcode Fitter.finishWith}.
   *
   * @internal
   */
  observe(input: Input, labels: Uint32Array): Observed {
    const wasm = this.#held.live;
    if (isFloats(input)) return { rows: guarded(() => wasm.features(input, labels)), labels };
    const { data, width, height } = pixelsOf(input);
    return {
      rows: guarded(() => wasm.features(wasm.preprocess(data, width, height), labels)),
      labels,
    };
  }

  /**
   * The detector of these features.
   *
   * @internal
   */
  finishWith(observed: Observed[], idPassRate: number): Detector {
    const wasm = this.#held.live;
    return guarded(() => {
      for (const { rows, labels } of observed) wasm.pushFeatures(rows, labels);
      return this.#detector(wasm.finish(idPassRate));
    });
  }

  /**
   * Takes all samples of another fitter of the same model and options, which is empty then, as if
   * they had been pushed here.
   *
   * @throws {@linkcode SheError} `fit` when they differ; `disposed`; `input-kind`.
   */
  merge(other: Fitter): void {
    void this.#held.live;
    if (!(other instanceof Fitter) || other === this)
      throw new SheError(
        "input-kind",
        "what is merged is another Fitter of this entry of the package",
      );
    void other.#held.live;
    checkAlike(this.begun, other.begun);
    this.#observations.take(other.#observations);
  }

  /**
   * The detector of the samples so far, whose threshold lets this share of in-distribution samples
   * pass, 0.95 unless you say otherwise. More samples may be added afterwards, for another
   * detector.
   *
   * @throws {@linkcode SheError} `fit` when no sample is classified correctly or a layer's scores do not vary; `invalid-option`;
   * `disposed`.
   */
  async finish(options?: { idPassRate?: number }): Promise<Detector> {
    void this.#held.live;
    const idPassRate = passRate(optionsOf(options));
    await breath();
    return this.finishWith(this.#observations.all, idPassRate);
  }

  /** Gives the memory back. The fitter cannot be used afterwards; a second call does nothing. */
  dispose(): void {
    this.#held.dispose();
    this.#observations.clear();
  }

  /** As {@linkcode Fitter.dispose}, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** @internal */
export interface Begun {
  inputShape: number[];
  usualPreprocess: Preprocess | null;
  /** Share of the samples that is held out. */
  holdOut: number;
  /** What tells fits apart that cannot be merged. */
  identity: string;
}

/**
 * Refuses fits of different models or options.
 *
 * @internal
 */
export function checkAlike(one: Begun, other: Begun): void {
  if (one.identity !== other.identity)
    throw new SheError(
      "fit",
      "cannot fit: only fits of one model with the same options can be merged",
    );
}

/** Class indices as WebAssembly takes them, one for each sample of this shape. */
export function labelsOf(
  data: Float32Array,
  labels: Labels,
  inputShape: number[],
): Uint32Array<ArrayBuffer> {
  const [all, size] = [indices(labels), volume(inputShape)];
  if (data.length !== all.length * size) {
    throw new SheError(
      "invalid-option",
      `${all.length} labels for ${data.length} values, expected one for each ${size} of shape [${inputShape.join(", ")}]`,
    );
  }
  return all;
}

/** Labels, checked to be class indices, as WebAssembly takes them. */
export function indices(labels: ArrayLike<number | bigint>): Uint32Array<ArrayBuffer> {
  if (typeof labels?.length !== "number")
    throw new SheError(
      "unknown-class",
      `labels are an array of class indices, not ${kind(labels)}`,
    );
  const all = Array.from(labels, (label) => (typeof label === "bigint" ? Number(label) : label));
  const wrong = all.findIndex((label) => !Number.isInteger(label) || label < 0 || label >= 2 ** 32);
  if (wrong >= 0)
    throw new SheError(
      "unknown-class",
      `a label is the index of a class, a whole number from 0, not ${shown(labels[wrong])}`,
    );
  return Uint32Array.from(all);
}
