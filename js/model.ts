import { optionsOf } from "./call/options.js";
import type { Bytes } from "./file/response.js";
import type { Source } from "./file/source.js";
import { MODEL, withoutLoading } from "./fit/options.js";
import type { Layer, ModelOptions } from "./fit/types.js";
import type { Preprocess } from "./info.js";
import { Model as WasmModel } from "./she_ood.js";
import type { Features, Input } from "./types.js";
import { features } from "./wasm/calls.js";
import { type Create, guarded, Handle } from "./wasm/instance.js";
import { load } from "./wasm/load.js";

/** @internal */
export interface AboutModel {
  inputShape: number[];
  classes: number;
  layers: Layer[];
  defaultLayer: string | null;
  labels: string[] | null;
  usualPreprocess: Preprocess | null;
}

/**
 * An ONNX classifier without patterns: look at its layers before a fit, or run it to see logits and
 * features.
 *
 * ```js
 * import { Model } from "she-ood";
 *
 * const model = await Model.load("classifier.onnx", { layers: ["pooled"], preprocess: {} });
 * console.table(model.layers.filter((layer) => !layer.hidden)); // name, shape, features
 * const { logits, layers } = model.features(canvas);
 * model.dispose();
 * ```
 *
 * It holds WebAssembly memory: call {@linkcode Model.dispose} when done, or declare it with
 * `using`.
 */
export class Model extends Handle<WasmModel> {
  /** Shape of one sample, without the batch dimension. */
  readonly inputShape: number[];

  /** Number of classes: the length of the logits. */
  readonly classes: number;

  /** The layers that a detector can tap, from input to output. */
  readonly layers: Layer[];

  /**
   * Name of the layer that a fit taps without `layers`: the input of the node that makes the
   * logits.
   * `null` where several layers make them, as in an ensemble.
   */
  readonly defaultLayer: string | null;

  /** Names of the classes in the file's own metadata, `null` where it has none. */
  readonly labels: string[] | null;

  /**
   * The preprocessing that is usual for pictures of this input shape, which `preprocess: {}` stands
   * for; `null` for a model of other inputs.
   */
  readonly usualPreprocess: Preprocess | null;

  private constructor(create: Create<WasmModel>, parts: Bytes[]) {
    super(create, parts);
    const about = guarded(() => this.wasm.about() as AboutModel);
    this.inputShape = about.inputShape;
    this.classes = about.classes;
    this.layers = about.layers;
    this.defaultLayer = about.defaultLayer;
    this.labels = about.labels;
    this.usualPreprocess = about.usualPreprocess;
  }

  /**
   * Loads an ONNX classifier, or the one in a detector file.
   *
   * @throws {@linkcode SheError} `invalid-model`, `unsupported-operator` or `unsupported-model` for
   * the model, `too-large` when it exceeds `limits`; `unknown-layer` or
   * `invalid-option` for the other options; `load-failed`, `input-kind`; the signal's reason when
   * aborted.
   */
  static async load(source: Source, options?: ModelOptions): Promise<Model> {
    const given = optionsOf(options, MODEL);
    const own = withoutLoading(given);
    const { nodes, values } = given.limits ?? {};
    return load(
      source,
      "the model",
      given,
      (parts) => new Model((file) => WasmModel.load(file, own, nodes, values), parts),
    );
  }

  /**
   * Runs the model on one sample: a `Float32Array` in the shape {@linkcode Model.inputShape}, or a
   * picture of any size if there is a `preprocess`. Returns the unnormalised class scores.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  logits(input: Input): Float32Array {
    return this.features(input).logits;
  }

  /**
   * As {@linkcode Model.logits}, with the features of the `layers` named at loading.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  features(input: Input): Features {
    return features(this.wasm, input, this.inputShape);
  }
}
