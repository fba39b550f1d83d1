/**
 * What a detector can score: values in the model's own shape and range, which are taken as they are, or a picture, which is resized
 * and normalised.
 */
export type Input = Float32Array | Pixels;

/**
 * A picture as `ImageData` has it: red, green, blue and alpha bytes, row by row from the top.
 *
 * What is transparent shows white paper, so fill a canvas with its background before drawing light ink.
 */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/**
 * The verdict on one sample.
 *
 * Every score is higher for what is more out-of-distribution, every similarity higher for what is more alike.
 */
export interface Report {
  /** The layers' scores joined to one. */
  score: number;
  /** Scores above this are out-of-distribution. */
  threshold: number;
  /** `score > threshold`. */
  isOod: boolean;
  /**
   * Conformal p-value, 1/(n+1) to 1: the share of the n calibration scores, this one counted among them, that are at least as high.
   * Small = hardly ever seen in-distribution.
   */
  pValue: number;
  /** What the classifier says. */
  predicted: { index: number; label: string; probability: number };
  /** Softmax probability of each class, in the order of `info.labels`. */
  probabilities: number[];
  /** The class whose pattern is most similar. */
  nearest: { index: number; label: string; similarity: number };
  /** Each tapped layer: its score alone, and the similarity to the pattern of each of `info.classes`. */
  layers: { name: string; score: number; similarities: number[] }[];
  /** Scores from the logits alone: negated largest probability, negated largest logit, energy. */
  baselines: { msp: number; maxLogit: number; energy: number };
  /** Milliseconds spent on the picture, in the classifier, and in features, similarities and decision. */
  timings: { image: number; model: number; she: number };
}

/** The verdicts on many samples: one typed array a quantity, all in the order of the samples. */
export interface BatchReport {
  scores: Float32Array;
  /** 1 or 0. */
  isOod: Uint8Array;
  pValues: Float32Array;
  /** Index of the predicted class. */
  predicted: Uint32Array;
  /** Probability of the predicted class, 0 to 1. */
  probabilities: Float32Array;
  /** Index of the class whose pattern is most similar. */
  nearest: Uint32Array;
  msp: Float32Array;
  maxLogit: Float32Array;
  energy: Float32Array;
}

/** What a model makes of one sample. */
export interface Features {
  /** Unnormalised class scores, one a class. */
  logits: Float32Array;
  /** The features of each tapped layer; feature maps are averaged over space, one value a channel. */
  layers: { name: string; features: Float32Array }[];
}

/** What a detector is made of. */
export interface Info {
  /** Shape of one sample, without the batch dimension: `[channels, height, width]`, say. */
  inputShape: number[];
  /** Name of each class of the model, in the order of its logits. */
  labels: string[];
  /** Classes that have a pattern, as indices into `labels`, ascending. */
  classes: number[];
  /** Number of samples behind the pattern of each of `classes`. */
  counts: number[];
  /** The tapped layers and the length of their features. */
  layers: { name: string; size: number }[];
  /** How features are compared with patterns. */
  similarity: "inner" | "cosine" | "euclidean";
  /** Which pattern judges a sample: the most similar one, or that of the predicted class. */
  pattern: "best" | "predicted";
  /** Scores above this are out-of-distribution. */
  threshold: number;
  /** Share of in-distribution samples that the threshold is set to let pass, 0 to 1; what passes on other data may differ. */
  idPassRate: number;
  /** Number of held-out samples behind the threshold. */
  calibrationSize: number;
  /** How pictures become inputs, `null` where the detector takes none. */
  preprocess: Preprocess | null;
}

/** How pictures become inputs: each value is `(pixel / 255 - mean) / std`. */
export interface Preprocess {
  width: number;
  height: number;
  channels: "gray" | "rgb";
  /** Order of the input's dimensions: `nchw` is channels, height, width. */
  layout: "nchw" | "nhwc";
  /** `stretch` resizes the whole picture; `ink` crops to the drawing and centres it, as MNIST was made. */
  framing: "stretch" | "ink";
  /** One a channel. */
  mean: number[];
  /** One a channel. */
  std: number[];
}

/** Options of {@linkcode Detector.scoreBatch}. */
export interface BatchOptions {
  /** Called after every few samples. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Stops between samples; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
}
