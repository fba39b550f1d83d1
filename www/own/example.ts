/** A model and a few pictures of its classes, for those who bring none. */
import modelFile from "../../models/cifar10-model.onnx?url";
import samples from "../samples.json";
import type { Placed } from "./tree";

/** Side of a picture on the sheet. */
const SIDE = 32;

export async function exampleModel(): Promise<File> {
  return new File([await fetched(modelFile)], "cifar10-model.onnx");
}

/** The class pictures of the sheet of samples, three of each of the ten classes. */
export async function examplePictures(): Promise<Placed[]> {
  const sheet = await loadedSheet();
  const placed = samples.objects.known.map(async (name, column) => {
    const file = await tile(sheet, [column, 0], `${name}-${column}.png`);
    return { path: `example/${name}/${file.name}`, file };
  });
  return Promise.all(placed);
}

/** One picture of the sheet, by column and row. */
export async function examplePicture(place: [number, number], name: string): Promise<File> {
  return tile(await loadedSheet(), place, name);
}

async function loadedSheet(): Promise<ImageBitmap> {
  return createImageBitmap(await fetched("./objects.png"));
}

async function fetched(address: string): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The example could not be loaded: the server says ${response.status}.`);
  return response.blob();
}

async function tile(sheet: ImageBitmap, [column, row]: [number, number], name: string): Promise<File> {
  const canvas = new OffscreenCanvas(SIDE, SIDE);
  canvas.getContext("2d")!.drawImage(sheet, -column * SIDE, -row * SIDE);
  return new File([await canvas.convertToBlob()], name, { type: "image/png" });
}
