/**
 * A sample: values in the model's own shape and range, used as they are, or a picture, which is
 * resized and normalised. Decode a `Blob` or `File` first, with {@linkcode decode};
 * `she-ood/worker` decodes it itself.
 */
export type Input = Float32Array | Pixels | Drawable;

/** What can be drawn on a canvas. An image must be loaded, a video have a frame to show. */
export type Drawable =
  | HTMLImageElement
  | HTMLCanvasElement
  | HTMLVideoElement
  | OffscreenCanvas
  | ImageBitmap
  | VideoFrame;

/**
 * A picture as `ImageData` has it: red, green, blue and alpha, row by row from the top, bytes or
 * half floats.
 *
 * What is transparent shows white paper, so fill a canvas with its background before drawing light
 * ink.
 */
export interface Pixels {
  readonly data: Uint8Array | Uint8ClampedArray | HalfFloats;
  readonly width: number;
  readonly height: number;
  /** `srgb`, which is meant unless given, or `display-p3`. */
  readonly colorSpace?: string;
}

/** A `Float16Array`, whose values are 0 to 1. */
export interface HalfFloats extends ArrayLike<number> {
  readonly BYTES_PER_ELEMENT: number;
  readonly byteLength: number;
  readonly [Symbol.toStringTag]: "Float16Array";
}

/**
 * The report on one sample.
 *
 * Every score is higher for what is more out-of-distribution, every similarity higher for what is
 * more alike.
 */
export interface Report {
  /** The layers' scores joined to one, and with the energy where the detector takes it in. */
  score: number;
  /**
   * The two parts of the score where the detector takes the energy in, standardised and weighted:
   * they sum to it. Else `null`.
   */
  parts: { she: number; energy: number } | null;
  /**
   * Scores above this are out-of-distribution. Where classes have their own thresholds, that of the
   * predicted class.
   */
  threshold: number;
  /** `score > threshold`. */
  isOod: boolean;
  /**
   * Conformal p-value, 1/(n+1) to 1: the share of the n calibration scores, this one counted among
   * them, that are at least as high.
   * Small = hardly ever seen in-distribution: `isOod` means `pValue <= 1 - info.idPassRate`.
   */
  pValue: number;
  /**
   * `unknown`: flagged. `known`: not flagged, with one class in its `set`. `unsure`: not flagged,
   * with several, or none. Without sets, what is not flagged is `known`.
   */
  verdict: "known" | "unsure" | "unknown";
  /**
   * Conformal prediction set: the classes that the sample may be of, as indices into `info.labels`,
   * the most probable first. It holds the true class of an in-distribution sample with a
   * probability of at least `info.sets.level`, and may be empty. `null` where the calibration
   * samples had no labels.
   */
  set: number[] | null;
  /** What the classifier says; where patterns classify, the class of the most similar pattern. */
  predicted: { index: number; label: string; probability: number };
  /**
   * Probability of each class, in the order of `info.labels`: the softmax of the logits; where
   * patterns classify, that of the joined similarities over the temperature.
   */
  probabilities: number[];
  /** The class whose pattern is most similar. */
  nearest: { index: number; label: string; similarity: number };
  /**
   * Each tapped layer: its score alone, and the similarity to the pattern of each of
   * `info.classes`.
   */
  layers: { name: string; score: number; similarities: number[] }[];
  /**
   * Scores from the logits alone: negated largest probability, negated largest logit, energy.
   * `null` where patterns classify, as there are no logits.
   */
  baselines: { msp: number; maxLogit: number; energy: number } | null;
  /**
   * Milliseconds spent on the picture, in the classifier, and in features, similarities and
   * decision.
   */
  timings: { image: number; model: number; she: number };
}

/** The reports on many samples: one typed array per quantity, in the order of the samples. */
export interface BatchReport {
  scores: Float32Array;
  /** 1 or 0. */
  isOod: Uint8Array;
  pValues: Float64Array;
  /** 0 for `known`, 1 for `unsure`, 2 for `unknown`. */
  verdicts: Uint8Array;
  /** Number of classes in the prediction set of each sample. Empty where there are no sets. */
  setSizes: Uint32Array;
  /** The classes of all sets, end to end: the first `setSizes[0]` are those of the first sample. */
  setClasses: Uint32Array;
  /** Index of the predicted class. */
  predicted: Uint32Array;
  /** Probability of the predicted class, 0 to 1. */
  probabilities: Float32Array;
  /** Index of the class whose pattern is most similar. */
  nearest: Uint32Array;
  /** The baselines, as in {@linkcode Report.baselines}. Empty where patterns classify. */
  msp: Float32Array;
  maxLogit: Float32Array;
  energy: Float32Array;
}

/**
 * Why a sample is as similar to a class as it is. What is above zero makes it more alike, what is
 * below less.
 *
 * The values are parts of the similarity itself, as the detector computes it: they say which
 * features and places count, not what the model looks at in the pixels there.
 */
export interface Explanation {
  /** The report, as {@linkcode Detector.score} gives it. */
  report: Report;
  /** The class whose pattern the sample is compared with. */
  class: { index: number; label: string };
  /** Each tapped layer, in the order of `info.layers`. */
  layers: {
    name: string;
    /** Similarity to the class. */
    similarity: number;
    /** The part of each feature; of a feature map, of each channel. They sum to the similarity. */
    channels: Float32Array;
    /**
     * The similarity at each position of a feature map, row by row from the top; their mean is the
     * similarity, though a single value may lie outside its range, such as a cosine above 1.
     * Stretched over the picture it shows where the class is found.
     * One row for `[channels, length]`. `null` for a vector, tokens, a map of three dimensions, and
     * a layer that is not pooled by its mean.
     */
    map: { height: number; width: number; values: Float32Array } | null;
  }[];
}

/** Options of {@linkcode Detector.toOnnx}. */
export interface ExportOptions {
  /**
   * Whether only the layers and the logits become outputs, under their own names, for a scorer
   * outside the graph.
   */
  taps?: boolean;
  /**
   * Whether pictures are normalised in the graph: its input is then `pixels`, `[N, height, width,
   * channels]` of 8 bits, in the size that the detector takes unchanged.
   */
  preprocess?: boolean;
}

/** Options of {@linkcode Detector.explain}. */
export interface ExplainOptions {
  /**
   * Index of the class to compare with, one of `info.classes`. The one that judges the sample
   * unless given: the nearest, or with `info.compareWith` `predicted` the predicted one if it has
   * a pattern.
   */
  class?: number | undefined;
}

/** Logits and features of one sample. */
export interface Features {
  /** Unnormalised class scores, one a class. */
  logits: Float32Array;
  /**
   * The features of each tapped layer: a vector as it is, one value for each channel of a map.
   */
  layers: { name: string; features: Float32Array }[];
}

/** Options of {@linkcode Detector.scoreBatch} and {@linkcode Fitter.pushBatch}. */
export interface BatchOptions {
  /** Called after each chunk of samples. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Stops between chunks; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
}
