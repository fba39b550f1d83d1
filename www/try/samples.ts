/** The sample pictures of a network. */
import { readableCanvas } from "../shared/canvas";
import type { Network } from "./networks";

export interface Sample {
  /** What it shows, for people. */
  name: string;
  group: string;
  picture: ImageData;
}

/** Fetches the sheet of samples and cuts it into pictures, one row a group. */
export async function loadSamples({ sheet, size, samples }: Network): Promise<Sample[]> {
  const image = new Image();
  image.src = sheet;
  await image.decode().catch(() => {
    throw new Error(`The samples could not be loaded from ${image.src}.`);
  });
  return Object.entries(samples).flatMap(([group, names], row) =>
    names.map((name, column) => ({ name, group, picture: cut(image, size, column, row) })),
  );
}

function cut(sheet: HTMLImageElement, size: number, column: number, row: number): ImageData {
  const context = readableCanvas(size, size);
  context.drawImage(sheet, -column * size, -row * size);
  return context.getImageData(0, 0, size, size);
}
