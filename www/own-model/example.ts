/** A model and pictures of its classes, for those who bring none. */
import modelFile from "../../models/cifar10-model.onnx?url";
import { pixelsWithin, pngFile } from "../shared/canvas";
import { fetchFile } from "../shared/fetch-file";
import { labelOf, loadPictures, type Pictures } from "../shared/sheet";
import type { Placed } from "../shared/tree";

const TRAINING: Pictures = { name: "CIFAR-10, training", sheet: "cifar10-fit" };
/** Side of a picture on the sheet of samples. */
const SIDE = 32;

export async function exampleModel(signal: AbortSignal): Promise<File> {
  return new File([await fetchFile(modelFile, signal)], "cifar10-model.onnx");
}

/** Five hundred of the training pictures of the model. */
export async function examplePictures(signal: AbortSignal): Promise<Placed[]> {
  const pictures = await loadPictures(TRAINING, Infinity, signal);
  return Promise.all(
    pictures.map(async ({ index, class: label, pixels }) => {
      const name = labelOf(TRAINING, label);
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
