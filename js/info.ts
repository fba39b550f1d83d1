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
   * inputs are not pictures.
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
  /** Name of each class, in the order of the model's logits where the model classifies. */
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
   * What tells the class of a sample: the model, by its logits, or the patterns. Patterns know the
   * classes of the fit samples, whatever the model was trained for.
   */
  classify: "model" | "patterns";
  /** How the patterns classify; `null` where the model does. */
  taught: {
    /** Above 0: the probabilities are the softmax of the similarities over it. */
    temperature: number;
    /** Share of the calibration samples that are classified correctly; `null` without labels. */
    accuracy: number | null;
    /**
     * Whether the calibration samples are the fit samples, each compared with patterns from which
     * it was left out, and not held out.
     */
    leaveOneOut: boolean;
  } | null;
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
   * cosine, negated distance, negated Mahalanobis distance at unit length, its standardised sum
   * with the cosine from the centre of all classes where patterns classify, or the Hopfield energy
   * over all stored patterns of a class.
   */
  similarity:
    | "inner"
    | "dot"
    | "cosine"
    | "euclidean"
    | "mahalanobis"
    | "few-shot"
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
   * Where that share really lies with a probability of 95 %, for data like the held-out samples;
   * `null` with `taught.leaveOneOut`, for which no such bound is proved.
   */
  passRateInterval: [number, number] | null;
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
