/** Sheets of pictures, made by tools/sheets.py: the first images of a file, 40 to a row. */
import { fetched } from "./fetch-file";
import sheets from "./sheets.json";

/** Pictures of a sheet, up to so many of those that are kept. */
export interface Pictures {
  name: string;
  sheet: keyof typeof sheets;
  keep?: (label: number) => boolean;
}

export interface Picture {
  /** Its place in the file that the sheet was made of. */
  index: number;
  label: number;
  pixels(): ImageData;
}

const COLUMNS = 40;
const CLOTHES = [
  "T-shirt",
  "trousers",
  "pullover",
  "dress",
  "coat",
  "sandal",
  "shirt",
  "sneaker",
  "bag",
  "ankle boot",
];
export const OBJECTS = "airplane automobile bird cat deer dog frog horse ship truck".split(" ");
const NAMES: Partial<Record<Pictures["sheet"], string[]>> = {
  fashion: CLOTHES,
  cifar10: OBJECTS,
  "cifar10-fit": OBJECTS,
};

/** What a picture shows, for people. */
export function nameOf({ sheet }: Pictures, label: number): string {
  return NAMES[sheet]?.[label] ?? String(label);
}

/** Fetches the sheet; pixels are read when they are asked for. */
export async function load(
  { sheet, keep = () => true }: Pictures,
  count: number,
  signal?: AbortSignal,
): Promise<Picture[]> {
  const { size, labels } = sheets[sheet];
  const context = await drawn(`./sheets/${sheet}.webp`, signal);
  const pixels = (index: number) =>
    context.getImageData((index % COLUMNS) * size, Math.floor(index / COLUMNS) * size, size, size);
  return Array.from(labels, (label, index) => ({
    index,
    label: Number(label),
    pixels: () => pixels(index),
  }))
    .filter(({ label }) => keep(label))
    .slice(0, count);
}

async function drawn(address: string, signal?: AbortSignal): Promise<CanvasRenderingContext2D> {
  const bitmap = await createImageBitmap(await fetched(address, signal));
  const { width, height } = bitmap;
  const context = Object.assign(document.createElement("canvas"), { width, height }).getContext(
    "2d",
    { willReadFrequently: true },
  )!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context;
}
