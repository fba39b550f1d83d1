/** The two classifiers, and their detectors as they are shipped. */
import type { Input, Preprocess } from "she-ood";
import { Detector, type WorkerOptions } from "she-ood/worker";
import objectsFile from "../../models/cifar10.onnx?url";
import digitsFile from "../../models/digits.onnx?url";
import { OBJECTS, type Pictures } from "../shared/sheet";

export interface Model {
  file: string;
  classes: string[];
  /** The layers that the shipped detector taps; the last one is behind the others. */
  layers: string[];
  /** Training pictures, for fits. */
  fit: Pictures;
  preprocess: Pick<Preprocess, "mean" | "std">;
  load(options: Pick<WorkerOptions, "signal">): Promise<Detector>;
  /** What the detector is given for a picture. */
  input(picture: ImageData, model: Model): Input;
}

const STAGES = ["stage1", "stage2", "stage3"].flatMap((stage) => [
  `${stage}_block3_conv2`,
  `${stage}_block3_relu2`,
]);

export const MODELS = {
  digits: {
    file: digitsFile,
    classes: ["0", "1", "2", "3", "4"],
    layers: ["dense_relu"],
    fit: { name: "MNIST 0–4, training", sheet: "mnist-fit", keep: (label) => label < 5 },
    preprocess: { mean: [0], std: [1] },
    load: (options) => Detector.embedded(options),
    // As they are: a picture would be framed anew, as drawings are.
    input: values,
  },
  objects: {
    file: objectsFile,
    classes: OBJECTS,
    layers: [...STAGES, "pooled"],
    fit: { name: "CIFAR-10, training", sheet: "cifar10-fit" },
    preprocess: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
    load: (options) => Detector.load(objectsFile, options),
    input: (picture) => picture,
  },
} satisfies Record<string, Model>;

export type ModelName = keyof typeof MODELS;

/** A picture of the model's own size as the model takes it: channel by channel, normalised. */
export function values({ data }: ImageData, { preprocess: { mean, std } }: Model): Float32Array {
  const pixels = data.length / 4;
  const result = new Float32Array(mean.length * pixels);
  for (let i = 0; i < result.length; i++) {
    const channel = Math.floor(i / pixels);
    result[i] = (data[4 * (i % pixels) + channel]! / 255 - mean[channel]!) / std[channel]!;
  }
  return result;
}
