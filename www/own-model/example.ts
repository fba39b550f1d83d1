/** A model and pictures of its classes, for those who bring none. */
import modelFile from "../../models/cifar10-model.onnx?url";
import { fetchFile } from "../shared/fetch-file";
import { type Pictures, labelOf, loadPictures } from "../shared/sheet";
import type { Placed } from "./tree";

const TRAINING: Pictures = { name: "CIFAR-10, training", sheet: "cifar10-fit" };
/** Side of a picture on the sheet of samples. */
const SIDE = 32;

export async function exampleModel(): Promise<File> {
  return new File([await fetchFile(modelFile)], "cifar10-model.onnx");
}

/** Five hundred of the training pictures of the model. */
export async function examplePictures(): Promise<Placed[]> {
  const pictures = await loadPictures(TRAINING, Infinity);
  return Promise.all(
    pictures.map(async ({ index, class: label, pixels }) => {
      const name = labelOf(TRAINING, label);
      const file = await png(pixels(), `${name}-${index}.png`);
      return { path: `example/${name}/${file.name}`, file };
    }),
  );
}

/** One picture of the sheet of samples, by column and row. */
export async function examplePicture([column, row]: [number, number], name: string): Promise<File> {
  const sheet = await createImageBitmap(
    await fetchFile("./objects.png"),
    column * SIDE,
    row * SIDE,
    SIDE,
    SIDE,
  );
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  const context = canvas.getContext("2d")!;
  context.drawImage(sheet, 0, 0);
  return png(context.getImageData(0, 0, SIDE, SIDE), name);
}

async function png(pixels: ImageData, name: string): Promise<File> {
  const canvas = new OffscreenCanvas(pixels.width, pixels.height);
  canvas.getContext("2d")!.putImageData(pixels, 0, 0);
  return new File([await canvas.convertToBlob()], name, { type: "image/png" });
}
