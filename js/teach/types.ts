import type { PreprocessOptions, ReadingOptions } from "../fit/types.js";
import type { Preprocess } from "../info.js";

/** A taught example, as the calls that add one return it. */
export interface Example {
  /** Number that `forget` and `move` of the teacher take; no other example gets it. */
  id: number;
  /** The class that it is an example of. */
  label: string;
}

/** What a teacher keeps of an example. */
export interface TaughtExample extends Example {
  /** Its features: `info.size` of them. */
  features: Float32Array;
}

/** What a teacher has been taught so far. */
export interface TeacherInfo {
  /** Shape of one sample, without the batch dimension. */
  inputShape: number[];
  /** Name of the layer whose features are compared. */
  layer: string;
  /** Number of features of an example. */
  size: number;
  /** How pictures become inputs, `null` where the model takes none. */
  preprocess: Preprocess | null;
  /** The classes, in the order of their labels, and the number of examples of each. */
  classes: { label: string; count: number }[];
  /** Number of examples in all. */
  examples: number;
  /** Share of in-distribution samples that the threshold is set to let pass, 0 to 1. */
  idPassRate: number;
  /**
   * Number of further examples that the threshold needs for this rate, in classes of two examples
   * or more. While it is above 0, the threshold is `Infinity`: nothing is flagged, and every
   * verdict is `unsure`.
   */
  needed: number;
}

/** Options of {@linkcode Teacher.ofFeatures}. */
export interface TeachingOptions {
  /** Share of in-distribution samples that the threshold lets pass, 0 to 1; 0.95 by default. */
  idPassRate?: number;
  /**
   * Examples to begin with, such as those that {@linkcode Teacher.examples} returned. Their ids
   * count from 0 in this order.
   */
  examples?: readonly { label: string; features: Float32Array }[];
}

/** Options of {@linkcode Teacher.create}. */
export interface TeacherOptions extends Omit<ReadingOptions, "logits">, TeachingOptions {
  /**
   * Name of the layer whose features are compared, as {@linkcode Model.layers} lists it. By default
   * the input of the node that makes the logits; the output itself, where that is an embedding.
   */
  layer?: string;
  /**
   * How pictures become inputs, as for a {@linkcode Fitter}. By default as the model's own metadata
   * say, else as is usual for its input.
   */
  preprocess?: PreprocessOptions;
}
