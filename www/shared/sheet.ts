/** Sheets of pictures (tools/sheets.py): the first images of a data set's file, 40 to a row. */
import { contextOf } from "./canvas";
import { type CountBytes, fetchFile } from "./fetch-file";
import sheets from "./sheets.json";

/** Pictures of a sheet: all, or those whose class `keep` accepts. */
export interface Pictures {
  /** The data set, for people. */
  name: string;
  sheet: keyof typeof sheets;
  keep?: (classIndex: number) => boolean;
}

export interface Picture {
  /** Position in the data set's file. */
  index: number;
  class: number;
  pixels(): ImageData;
}

const COLUMNS = 40;
const CLOTHES = "T-shirt,trousers,pullover,dress,coat,sandal,shirt,sneaker,bag,ankle boot".split(
  ",",
);
export const OBJECTS = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
const LABELS: Partial<Record<Pictures["sheet"], string[]>> = {
  fashion: CLOTHES,
  cifar10: OBJECTS,
  "cifar10-fit": OBJECTS,
};

/** Names a class of a data set. */
export function labelOf({ sheet }: Pictures, classIndex: number): string {
  return LABELS[sheet]?.[classIndex] ?? `${classIndex}`;
}

/** Fetches up to `count` pictures of a sheet. Their pixels are read when asked for. */
export async function loadPictures(
  { sheet, keep = () => true }: Pictures,
  count: number,
  signal?: AbortSignal,
  countBytes?: CountBytes,
): Promise<Picture[]> {
  const { size, labels } = sheets[sheet];
  const chosen = Array.from(labels, (digit, index) => ({ index, class: Number(digit) }))
    .filter((picture) => keep(picture.class))
    .slice(0, count);
  const rows = Math.floor((chosen.at(-1)?.index ?? 0) / COLUMNS) + 1;
  const file = await fetchFile(`./sheets/${sheet}.webp`, signal, countBytes);
  const context = await drawTop(file, COLUMNS * size, rows * size, signal);
  const pixels = (index: number) =>
    context.getImageData((index % COLUMNS) * size, Math.floor(index / COLUMNS) * size, size, size);
  return chosen.map((picture) => ({ ...picture, pixels: () => pixels(picture.index) }));
}

/** Draws as much of a sheet as is needed, from the top. */
async function drawTop(
  file: Blob,
  width: number,
  height: number,
  signal?: AbortSignal,
): Promise<CanvasRenderingContext2D> {
  const bitmap = await createImageBitmap(file, 0, 0, width, height);
  signal?.throwIfAborted();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = contextOf(canvas, { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context;
}
