/** The classifier that the visitor brings: what it takes, what it gives, and the layers between. */

import { type Layer, type LoadProgress, Model, type Preprocess } from "she-ood/worker";
import type { ModelFiles } from "./model-files";
import type { Reading } from "./reading";

export interface Classifier {
  /** Name of its file, without the ending. */
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** What its file leaves open, and its weights if they are in other files. */
  reading: Reading;
  /** From input to output. */
  layers: Layer[];
  defaultLayer: string | null;
  inputShape: number[];
  channels: 1 | 3;
  /** Width and height of a picture. */
  size: [number, number];
  /** Mean and deviation that are usual for such inputs. */
  usual: Pick<Preprocess, "mean" | "std">;
  /** Number of outputs, one a class. */
  outputs: number;
  /** Their names, where the file says them. */
  labels: string[] | null;
}

/**
 * Reads an ONNX file, and files with its weights, as the visitor says.
 *
 * @throws {SheError} When it is not a model that runs here; `Error` when it takes no pictures.
 */
export async function readClassifier(
  { model, externalData }: ModelFiles,
  said: Reading,
  onProgress: (progress: LoadProgress) => void,
): Promise<Classifier> {
  const reading = { ...said, ...(Object.keys(externalData).length > 0 && { externalData }) };
  const bytes = new Uint8Array(await model.arrayBuffer());
  const read = await readModel(bytes, reading, onProgress);
  const { layers, defaultLayer, classes, inputShape, usualPreprocess } = read;
  if (!layers.some(({ features }) => features !== null))
    throw new Error("The model has no hidden layer, so there are no features to compare.");
  const picture = pictureShape(inputShape);
  if (!usualPreprocess) throw refusal(inputShape);
  return {
    name: model.name.replace(/\.onnx$/i, ""),
    bytes,
    reading,
    layers,
    defaultLayer,
    inputShape,
    ...picture,
    usual: usualPreprocess,
    outputs: classes,
    labels: read.labels,
  };
}

async function readModel(
  bytes: Uint8Array<ArrayBuffer>,
  reading: Reading,
  onProgress: (progress: LoadProgress) => void,
): Promise<Model> {
  const model = await Model.load(bytes, { workers: 1, ...reading, onProgress });
  model.dispose();
  return model;
}

function pictureShape(shape: number[]): Pick<Classifier, "channels" | "size"> {
  const [first = 0, second = 0, third = 0] = shape;
  if (shape.length === 3 && isColours(first)) return { channels: first, size: [third, second] };
  if (shape.length === 3 && isColours(third)) return { channels: third, size: [second, first] };
  throw refusal(shape);
}

function refusal(shape: number[]): Error {
  return new Error(
    "This page is for models of pictures with 1 or 3 channels; " +
      `this one takes ${shapeInWords(shape)}. Use the package instead.`,
  );
}

const isColours = (channels: number): channels is 1 | 3 => channels === 1 || channels === 3;

export function shapeInWords(shape: number[]): string {
  return shape.join(" × ");
}
