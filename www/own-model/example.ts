/** A model and pictures of its classes, for those who bring none. */
import modelFile from "../../models/cifar10-model.onnx?url";
import { pixelsWithin, pngFile } from "../shared/canvas";
import { fetchFile } from "../shared/fetch-file";
import { labelOf, loadPictures, type Pictures } from "../shared/sheet";
import type { Placed } from "../shared/tree";
import type { OpenModel } from "./model-step";

const TRAINING: Pictures = { name: "CIFAR-10, training", sheet: "cifar10-fit" };
/** Side of a picture on the sheet of samples. */
const SIDE = 32;

const CLOTHES: Pictures = { name: "Fashion-MNIST", sheet: "fashion" };
const DIGITS: Pictures = { name: "MNIST", sheet: "mnist" };

export const exampleModel: OpenModel = async (signal, told) => {
  const file = new File([await fetchFile(modelFile, signal, told)], "cifar10-model.onnx");
  return { model: file, externalData: {} };
};

/** Five hundred of the training pictures of the model. */
export function examplePictures(signal: AbortSignal): Promise<Placed[]> {
  return place(TRAINING, Infinity, signal);
}

/** A hundred clothes and a hundred digits, of which the model knows none. */
export async function exampleStrangers(signal: AbortSignal): Promise<Placed[]> {
  return [...(await place(CLOTHES, 100, signal)), ...(await place(DIGITS, 100, signal))];
}

async function place(from: Pictures, count: number, signal: AbortSignal): Promise<Placed[]> {
  const pictures = await loadPictures(from, count, signal);
  return Promise.all(
    pictures.map(async ({ index, class: label, pixels }) => {
      const name = labelOf(from, label);
      const file = await pngFile(pixels(), `${name}-${index}.png`);
      return { path: `example/${name}/${file.name}`, file };
    }),
  );
}

/** The picture of the sheet of samples that a button names, by column and row. */
export async function examplePicture(
  { value, textContent }: HTMLButtonElement,
  signal: AbortSignal,
): Promise<File> {
  const [column = 0, row = 0] = value.split(" ").map(Number);
  const sheet = await createImageBitmap(
    await fetchFile("./objects.png", signal),
    column * SIDE,
    row * SIDE,
    SIDE,
    SIDE,
  );
  return pngFile(pixelsWithin(sheet, SIDE), textContent ?? "");
}
