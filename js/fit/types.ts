import type { ExternalData } from "../file/external.js";
import type { LoadOptions } from "../file/source.js";
import type { Info, Preprocess, Warning } from "../info.js";

/** Options of a fit that continues merged parts; all others come with these. */
export interface PartOptions extends LoadOptions {
  /** As in {@linkcode FitterOptions}. */
  externalData?: ExternalData;
  /** As in {@linkcode FitterOptions}. */
  classConditional?: boolean;
  /**
   * Whether all samples are calibration samples, which no part was fitted to: they set the
   * threshold. If not, push the samples of the fit again: those held out are scored, and so are
   * the others if the aggregator needs their scores. Parts that held nothing out need `true`. Only
   * `std`, `mean` and `fisher` also need the fit's samples, in a fitter without it.
   */
  calibration?: boolean;
}

/** How {@linkcode Fitter.toBytes} hides single samples in a part. Both above 0. */
export interface PrivacyOptions {
  /**
   * Greatest Euclidean length of a sample's features, in each layer: longer ones are scaled. It
   * must be the same for all parts.
   */
  clip?: number;
  /**
   * Standard deviation of Gaussian noise on the counts of classes; on their sums it is `clip` times
   * that. For means alone: no `store`, `react` or `mahalanobis`, one layer or the aggregator `sum`.
   */
  noise?: number;
}

/** What a part says of itself. */
export interface PartInfo {
  /** SHA-256 of the model's file, without detector metadata. */
  model: string;
  /** The layers, in the order of the features. */
  layers: Info["layers"];
  /** Name of each class. */
  labels: string[];
  /** How pictures become inputs; `null` if the fit takes none. */
  preprocess: Preprocess | null;
  /** How features were clipped, and what noise was added; `null` if neither was done. */
  privacy: Privacy | null;
  /** Number of parts that were merged to it, at least 1. */
  parts: number;
  /** Number of samples that its patterns are made of; `null` in scores alone. */
  samples: number | null;
  /**
   * Number of samples of each class that its patterns are means of: those that the model classifies
   * correctly. With noise, the noisy numbers. `null` in scores alone.
   */
  counts: number[] | null;
  /**
   * For each layer, the Euclidean length of the mean features of each class, 0 if it has none.
   * If a part's lengths are far from the other parts', inspect it before you merge it.
   */
  lengths: number[][] | null;
  /** Number of samples that were scored: of the fit, and for calibration. `null` before. */
  scored: [fit: number, calibration: number] | null;
  /** Problems to look at before merging it. */
  warnings: Warning[];
}

/** How the samples of a part are hidden. */
export interface Privacy {
  clip: number;
  noise: number | null;
  /**
   * Bound on the logarithm by which one sample changes the odds of any part, except with the chance
   * `delta`; by the analytic Gaussian mechanism (Balle and Wang, ICML 2018). `null` without noise.
   */
  epsilon: number | null;
  /** 0.00001. */
  delta: number;
}

/** A layer that can be tapped. */
export interface Layer {
  /**
   * Name for `layers` of {@linkcode FitterOptions}: that of its tensor, with how it is pooled where
   * that is not the mean over a map with its channels first, such as `tokens:channels-last`. Append
   * `:max` or `:first` (the first token) to pool it otherwise.
   */
  name: string;
  /** Name of its tensor in the file. */
  tensor: string;
  /** Its operator, as ONNX calls it; `Input` for the model's input. */
  op: string;
  /**
   * Shape without the batch dimension: a vector `[D]`, a map with its channels first or last, or
   * tokens `[T, D]`.
   */
  shape: number[];
  /** Number of its features; `null` while the axis of its channels is unknown. */
  features: number | null;
  /**
   * Axis of the channels. `null` where the model does not tell: append `:channels-first` or
   * `:channels-last` to the name.
   */
  channelAxis: "channels-first" | "channels-last" | null;
  /** How each channel becomes one feature. A vector is kept as it is. */
  pooling: "mean" | "max" | "first";
  /** Whether a fit without `layers` taps it: the input of the node that makes the logits. */
  default: boolean;
  /** Whether it ends a stage, and is worth a try. */
  stage: boolean;
  /** Whether it is hardly worth a try, such as the attention between tokens. */
  hidden: boolean;
}

/**
 * Class indices of samples, which are positions in the logits: an array or typed array, such as the
 * `BigInt64Array` of ONNX tools.
 */
export type ClassIndices = ArrayLike<number> | ArrayLike<bigint>;

/** Options that say how pictures become inputs. */
export interface PreprocessOptions {
  /**
   * A config file of another library, as an object or as text: `preprocessor_config.json` of
   * Transformers, `config.json` of timm, the transforms of torchvision's weights as JSON,
   * `metadata.json` of Teachable Machine; or a mode of Keras: `tf`, `torch`, `caffe`. The other
   * options override it. A field that cannot be followed is refused by its name.
   */
  config?: object | string;
  /**
   * Size of the input. If given, it must be the model's, so that the `info.preprocess` of another
   * detector can be passed as it is.
   */
  width?: number;
  height?: number;
  /** The pixel value that becomes 1 before `mean` and `std` apply; 255 by default. */
  scale?: number;
  /** Mean, one number for each channel or one for all; 0 by default. */
  mean?: number | ArrayLike<number>;
  /** Standard deviation, likewise; 1 by default. */
  std?: number | ArrayLike<number>;
  /** `crop` by default for square colour inputs of 160 pixels and more, otherwise `stretch`. */
  framing?: Preprocess["framing"];
  /**
   * The side that a picture is resized to first; for the default crop, the input's side / 0.875.
   * Without a `framing`, it stands for `crop`.
   */
  resize?: number;
  /** `bilinear` by default. */
  interpolation?: NonNullable<Preprocess["interpolation"]>;
  /** Red, green, blue (0 to 255) around pictures that do not fill the input; black by default. */
  fill?: ArrayLike<number>;
  /** `rgb` by default for inputs of three channels. */
  channels?: Preprocess["channels"];
  /** Order of the input's dimensions, where its shape allows both. */
  layout?: Preprocess["layout"];
}

/** Options that say how a model is read. */
export interface ReadingOptions extends LoadOptions {
  /**
   * Name of the tensor that holds the logits or probabilities; needed only where a model has
   * several outputs that may be meant.
   */
  logits?: string;
  /**
   * Shape of one sample without the batch dimension, such as `[3, 224, 224]`; needed only for a
   * model that leaves sizes open.
   */
  inputShape?: ArrayLike<number>;
  /**
   * The model's weights, if they are in other files beside it, as `torch.onnx.export` writes
   * `model.onnx.data`: the source of that file, or an object with a source for each file by its
   * name in the model. They become part of the model, and of a detector made from it. `cache`,
   * `integrity` and `limits` apply to these files, too; `onProgress` counts the bytes of each in
   * turn.
   */
  externalData?: ExternalData;
}

/** Options of {@linkcode Model.load}. */
export interface ModelOptions extends ReadingOptions {
  /** Names of the layers whose features {@linkcode Model.features} returns; none by default. */
  layers?: string[];
  /** How pictures become inputs. Without it, the model refuses pictures. */
  preprocess?: PreprocessOptions;
}

/**
 * Options of {@linkcode Fitter.create}.
 *
 * Without `layers`, `preset`, `similarity`, `compareWith`, `aggregator`, `with`, `store` and
 * `react`, the fit chooses layers, similarity, aggregator and energy, by strangers that it makes of
 * every fourth picture of a class, about 250 in all: {@linkcode Info.choice} tells how. With any of
 * them, the preset gives the ones left out.
 */
export interface FitterOptions extends ReadingOptions {
  /**
   * Names of the layers to tap, as {@linkcode Model.layers} lists them. Where the fit does not
   * choose, {@linkcode Model.defaultLayer} by default.
   */
  layers?: string[];
  /**
   * What tells the class of a sample: the `model`, by default, or the `patterns`. Patterns know the
   * classes of your samples, whatever the model was trained for, so any backbone serves, with a
   * classifier's head or without. Of the other options, they follow `layers` (one), `labels`,
   * `preprocess`, `classConditional` and `holdOut`.
   */
  classify?: "model" | "patterns";
  /**
   * Name of each class, in the order of the model's outputs. By default those in the `config` of
   * `preprocess`, else those in the model's own metadata, else numbers.
   */
  labels?: string[];
  /** System to reproduce; `oodeel` by default. */
  preset?: "oodeel" | "oodeel-0.3" | "openood" | "pytorch-ood" | "paper" | "hopfield";
  /**
   * How features are compared with patterns. `inner` is the SHE of the literature.
   */
  similarity?: Info["similarity"];
  /** The class whose patterns a sample is compared with: the nearest, or the predicted one. */
  compareWith?: Info["compareWith"];
  /** How the scores of several layers are combined. */
  aggregator?: "std" | "sum" | "mean" | "fisher";
  /**
   * A score to add to that of the layers: the energy of the logits, with a weight of 1 or
   * the one given.
   */
  with?: "energy" | { energy: number };
  /** What is stored of a class: the mean of its features, all of them, or a random sample. */
  store?: "mean" | "all" | number;
  /**
   * Correctly classified samples that a class needs for a pattern, 1 by default; classes with fewer
   * have none. The mean of one sample is its features, which reveal something of it.
   */
  minCount?: number;
  /** ReAct: cut features off at this quantile, 0 to 1. */
  react?: number;
  /** Whether each predicted class gets a threshold of its own, and each class its own sets. */
  classConditional?: boolean;
  /**
   * How pictures become inputs: `(pixel / scale - mean) / std`, at the size that the model takes.
   * Without `config`, `scale`, `mean` and `std`, as in `{}`, they are usual for that size:
   * ImageNet's for colour pictures from 160 pixels, CIFAR-10's for 32, otherwise 0 and 1. Without
   * `preprocess`, the detector refuses pictures.
   */
  preprocess?: PreprocessOptions;
  /**
   * Share of the samples, 0 to below 1, that calibrates the threshold and makes no patterns; 0.1 by
   * default. Where patterns classify, it is 0 by default: each sample is compared with patterns
   * from which it is left out. The share is rounded to the nearest sample and taken evenly from
   * each class, which keeps at least one. A pass rate of 0.95 needs at least 19 held-out samples.
   * With fewer there is no threshold, nothing is flagged, and `info.warnings` says so.
   */
  holdOut?: number;
}
