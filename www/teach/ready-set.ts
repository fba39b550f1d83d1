/** The ready set: views of public-domain photos (tools/teach_samples.py) to teach and to try. */
import { readableCanvas } from "../shared/canvas";
import { fetchFile } from "../shared/fetch-file";
import { type Picture, pictureOfFrame } from "./picture";
import about from "./ready-set.json";

export interface Group {
  label: string;
  /** Views that are taught; a stranger has none. */
  taught: Picture[];
  /** Views that are tried afterwards. */
  tried: Picture[];
}

export async function loadReadySet(signal: AbortSignal): Promise<Group[]> {
  const sheet = await createImageBitmap(await fetchFile("./teach/ready-set.webp", signal));
  const context = readableCanvas(sheet.width, sheet.height);
  context.drawImage(sheet, 0, 0);
  sheet.close();
  return about.groups.map(({ label, first, taught, tried }) => {
    const views = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => cut(context, from + i));
    return { label, taught: views(first, taught), tried: views(first + taught, tried) };
  });
}

function cut(context: OffscreenCanvasRenderingContext2D, index: number): Picture {
  const { side, columns } = about;
  const [left, top] = [(index % columns) * side, Math.floor(index / columns) * side];
  return pictureOfFrame(context.getImageData(left, top, side, side));
}
