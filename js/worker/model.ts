import { optionsOf } from "../call/options.js";
import type { Source } from "../file/source.js";
import { MODEL, withoutLoading } from "../fit/options.js";
import type { Layer, ModelOptions } from "../fit/types.js";
import type { Preprocess } from "../info.js";
import type { AboutModel } from "../model.js";
import type { Features, Input } from "../types.js";
import { CREW, limitsOf, load, openPool, type WorkerOptions, withoutCrew } from "./load.js";
import type { Pool } from "./pool.js";
import { Remote } from "./remote.js";

/**
 * An ONNX classifier without patterns, as `Model` of `she-ood`, but in web workers: look at its
 * layers before a fit, or run it to see logits and features.
 *
 * ```js
 * import { Model } from "she-ood/worker";
 *
 * const model = await Model.load("classifier.onnx", { layers: ["pooled"], preprocess: {} });
 * console.table(model.layers.filter((layer) => !layer.hidden)); // name, shape, features
 * const { logits, layers } = await model.features(file);
 * model.dispose();
 * ```
 */
export class Model extends Remote {
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

  private constructor(pool: Pool, about: AboutModel) {
    super(pool, about?.inputShape);
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
   * @throws {@linkcode SheError} as `Model.load` of `she-ood`.
   */
  static async load(source: Source, options?: ModelOptions & WorkerOptions): Promise<Model> {
    const given = optionsOf(options, { ...MODEL, ...CREW });
    const own = withoutLoading(withoutCrew(given));
    const args = [own, ...limitsOf(given)];
    return load(source, "the model", given, async (module, file, options) => {
      const setup = { name: "model", args: [file, ...args] };
      return new Model(...(await openPool<AboutModel>(module, setup, options)));
    });
  }

  /**
   * Runs the model on one sample: a `Float32Array` in the shape {@linkcode Model.inputShape}, or a
   * picture of any size if there is a `preprocess`. Returns the unnormalised class scores.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  async logits(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Float32Array> {
    return (await this.features(input, options)).logits;
  }

  /**
   * As {@linkcode Model.logits}, with the features of the `layers` named at loading.
   *
   * @throws {@linkcode SheError} as {@linkcode Detector.score}.
   */
  async features(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Features> {
    return this.ask(options, "run", input);
  }
}
