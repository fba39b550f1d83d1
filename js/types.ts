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
  /** What the classifier says. */
  predicted: { index: number; label: string; probability: number };
  /** Softmax probability of each class, in the order of `info.labels`. */
  probabilities: number[];
  /** The class whose pattern is most similar. */
  nearest: { index: number; label: string; similarity: number };
  /**
   * Each tapped layer: its score alone, and the similarity to the pattern of each of
   * `info.classes`.
   */
  layers: { name: string; score: number; similarities: number[] }[];
  /** Scores from the logits alone: negated largest probability, negated largest logit, energy. */
  baselines: { msp: number; maxLogit: number; energy: number };
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

/** One way to score that a fit compared with others. */
export interface Candidate {
  layers: string[];
  similarity: Info["similarity"];
  /** How the scores of several layers are joined; `null` for one layer. */
  aggregator: "std" | "sum" | "mean" | "fisher" | null;
  /** Whether the energy of the logits joins the score. */
  energy: boolean;
  /** Mean AUROC of the samples put aside against each kind of stranger; `null` if not measured. */
  auroc: number | null;
  /** Share of mildly changed samples flagged where 95 % of the unchanged ones pass, likewise. */
  falseAlarms: number | null;
  /** Whether it was passed over, as it flags more mild changes than the cosine of one layer. */
  passedOver: boolean;
}

/** How a fit chose layers, similarity, aggregator and energy without meeting a stranger. */
export interface Choice {
  /**
   * By the criterion, or the default layer, as fewer than 20 samples could be put aside or the
   * inputs are no pictures.
   */
  because: "criterion" | "few-samples" | "no-pictures";
  /** Number of samples put aside. */
  samples: number;
  /** Number of candidates compared. */
  tried: number;
  /** The one chosen, then the best others. */
  candidates: Candidate[];
}

/** Whether a detector works, by strangers made of samples that were put aside. */
export interface Judgement {
  /** Whether it flags enough strangers, and no fewer than the classifier's own scores would. */
  works: boolean;
  /** The same in words, and what to do about it. */
  sentence: string;
  /** Share of the fit samples that are classified correctly; `null` where they were not counted. */
  accuracy: number | null;
  /** Number of samples that strangers were made of, one of each kind. */
  samples: number;
  /** Shares flagged at the same pass rate: by the detector, and by MSP and energy alone. */
  strangers: {
    kind: "shuffled" | "warped" | "turned" | "zoomed";
    detector: number;
    msp: number;
    energy: number;
  }[];
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
  /**
   * Number of fit samples with each label, in the order of `labels`, classified rightly or not;
   * `null` for files that do not say.
   */
  samples: number[] | null;
  /** What the fit tried and why it chose what it did; `null` if the options told it. */
  choice: Choice | null;
  /** Whether it works; `null` where no strangers could be made of the fit samples. */
  judgement: Judgement | null;
  /** Number of patterns of each of `classes`: 1 where the mean is stored. */
  rows: number[];
  /**
   * Meaning of the model's outputs. `probabilities` come without a softmax whose input could be
   * taken: their logarithms take the place of logits, and the energy is 0 for every sample, as it
   * is for `log-probabilities`. `bounded` outputs lie between 0 and 1 without being probabilities
   * of one class each, such as sigmoids.
   */
  outputs: "logits" | "probabilities" | "log-probabilities" | "bounded";
  /** The tapped layers and the length of their features. */
  layers: { name: string; size: number }[];
  /**
   * How features are compared with patterns: inner product over length, inner product as it is,
   * cosine, negated distance, negated Mahalanobis distance at unit length, or the Hopfield energy
   * over all stored patterns of a class.
   */
  similarity:
    | "inner"
    | "dot"
    | "cosine"
    | "euclidean"
    | "mahalanobis"
    | { hopfield: { beta: number } };
  /** The class whose patterns a sample is compared with: the nearest, or the predicted one. */
  compareWith: "nearest" | "predicted";
  /**
   * How the scores of several layers are joined, with the divisors of `std` and `mean`; `single`
   * for one layer.
   */
  aggregator:
    | { kind: "single" | "sum" }
    | { kind: "std"; stds: number[] }
    | { kind: "mean"; means: number[] }
    | { kind: "fisher"; scale: number; freedom: number };
  /**
   * How the energy of the logits joins the score: as the sum of both, each less its `mean` and over
   * its `std`, the energy times `weight`. `null` where it does not.
   */
  energy: {
    weight: number;
    she: { mean: number; std: number };
    energy: { mean: number; std: number };
  } | null;
  /** Precision in which the patterns are stored. */
  precision: "float32" | "float16";
  /** ReAct: where the features of each layer are cut off, `null` where they are not. */
  clips: number[] | null;
  /** Scores above this are out-of-distribution. */
  threshold: number;
  /**
   * The thresholds of samples by their predicted class, in the order of `labels`; `null` where one
   * serves all.
   */
  classThresholds: number[] | null;
  /**
   * Share of in-distribution samples that the threshold is set to let pass, 0 to 1; what passes on
   * other data may differ.
   */
  idPassRate: number;
  /**
   * Where that share really lies with a probability of 95 %, for data like the held-out samples.
   */
  passRateInterval: [number, number];
  /** Number of held-out samples behind the threshold. */
  calibrationSize: number;
  /**
   * The conformal prediction sets; `null` where the held-out samples had no labels. `level` is the
   * probability with which a set holds the true class, `byClass` whether within each true class,
   * `size` the number of labelled held-out samples. With too few of them, fewer than 19 for 0.95,
   * every set holds every class.
   */
  sets: { level: number; byClass: boolean; size: number } | null;
  /** How pictures become inputs, `null` where the detector takes none. */
  preprocess: Preprocess | null;
  /**
   * Warnings about the detector, the most important first. Read them before you trust a fit; empty
   * when all is well.
   */
  warnings: Warning[];
}

/** A problem that the user should look at before trusting a detector. */
export interface Warning {
  /**
   * `few-correct`: the model classifies few of the fit samples rightly, so labels or normalisation
   * are wrong. `no-threshold`: nothing will be flagged. `no-sets`: every prediction set holds every
   * class. `probabilities`, `bounded`: see `info.outputs`. `no-samples`: classes without samples
   * have no pattern.
   */
  code: "few-correct" | "no-threshold" | "no-sets" | "probabilities" | "bounded" | "no-samples";
  /** The problem, and what to do about it. */
  message: string;
}

/** How pictures become inputs: each value is `(pixel / 255 - mean) / std`. */
export interface Preprocess {
  width: number;
  height: number;
  /** Order of the colours: `bgr` is blue, green, red, as Caffe and OpenCV have it. */
  channels: "gray" | "rgb" | "bgr";
  /** Order of the input's dimensions: `nchw` is channels, height, width. */
  layout: "nchw" | "nhwc";
  /**
   * `stretch` resizes the whole picture; `crop` resizes it with its proportions kept and cuts out
   * the middle, as torchvision does; `letterbox` makes all of it fit and fills up the rest; `ink`
   * crops to the drawing and centres it, as MNIST was made.
   */
  framing: "stretch" | "crop" | "letterbox" | "ink";
  /**
   * The side that a picture is resized to before the middle is taken: the shorter one for `crop`,
   * the longer one for `letterbox`, both for `stretch`. Missing for as much as the input needs.
   */
  resize?: number;
  /**
   * How a picture is resized, with antialiasing as in Pillow and torchvision; `bilinear` where it
   * is missing.
   */
  interpolation?: "nearest" | "bilinear" | "bicubic" | "lanczos";
  /** Red, green, blue (0 to 255) around pictures that do not fill the input; black if absent. */
  fill?: number[];
  /** One a channel. */
  mean: number[];
  /** One a channel. */
  std: number[];
}

/** Options of {@linkcode Detector.scoreBatch} and {@linkcode Fitter.pushBatch}. */
export interface BatchOptions {
  /** Called after every few samples. */
  onProgress?: (progress: { done: number; total: number }) => void;
  /** Stops between samples; the promise is then rejected with the signal's reason. */
  signal?: AbortSignal;
}
