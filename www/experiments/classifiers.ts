/** The two classifiers, and the detectors shipped with them. */
import type { Input, Preprocess } from "she-ood";
import { Detector, type WorkerOptions } from "she-ood/worker";
import objectsFile from "../../models/cifar10.onnx?url";
import digitsFile from "../../models/digits.onnx?url";
import { at } from "../shared/at";
import { OBJECTS, type Pictures } from "../shared/sheet";

export interface Classifier {
  file: string;
  labels: string[];
  /** The layers that the shipped detector taps; the last one is behind the others. */
  layers: string[];
  /** Training pictures, for fits. */
  fit: Pictures;
  preprocess: Normalisation;
  load(options: Pick<WorkerOptions, "signal" | "onProgress" | "workers">): Promise<Detector>;
  /** What the detector takes for a picture. */
  input(picture: ImageData, classifier: Classifier): Input;
}

type Normalisation = Required<Pick<Preprocess, "mean" | "std">>;

export const CLASSIFIERS = {
  digits: {
    file: digitsFile,
    labels: ["0", "1", "2", "3", "4"],
    layers: ["dense_relu"],
    fit: { name: "MNIST 0–4, training", sheet: "mnist-fit", keep: (index) => index < 5 },
    preprocess: { mean: [0], std: [1] },
    load: (options) => Detector.embedded(options),
    // A picture would be framed again, as drawings are.
    input: normalise,
  },
  objects: {
    file: objectsFile,
    labels: OBJECTS,
    layers: ["stage1_block3_conv2", "pooled"],
    fit: { name: "CIFAR-10, training", sheet: "cifar10-fit" },
    preprocess: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
    load: (options) => Detector.load(objectsFile, options),
    input: (picture) => picture,
  },
} satisfies Record<string, Classifier>;

export type ClassifierName = keyof typeof CLASSIFIERS;

/** The values that the model takes for a picture of its own size, channel by channel. */
export function normalise(
  { data }: ImageData,
  { preprocess: { mean, std } }: Pick<Classifier, "preprocess">,
): Float32Array {
  const pixels = data.length / 4;
  return Float32Array.from({ length: mean.length * pixels }, (_, i) => {
    const channel = Math.floor(i / pixels);
    const value = at(data, 4 * (i % pixels) + channel) / 255;
    return (value - at(mean, channel)) / at(std, channel);
  });
}
