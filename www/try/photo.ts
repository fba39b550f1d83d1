/** Photos: chosen, dropped anywhere on the page, or pasted. */
import { pixelsWithin } from "../shared/canvas";

/** Pixels a side of a photo: more than any network looks at, and little memory. */
const MOST_SIDE = 2048;

/** Calls `take` with each photo that is chosen, dropped or pasted. */
export function onPhoto(input: HTMLInputElement, take: (file: File) => void): void {
  const takeFirst = (files: FileList | undefined | null) => {
    const all = [...(files ?? [])];
    const file = all.find(({ type }) => type.startsWith("image/")) ?? all[0];
    if (file) take(file);
  };
  input.addEventListener("change", () => {
    takeFirst(input.files);
    input.value = "";
  });
  document.addEventListener("drop", (event) => takeFirst(event.dataTransfer?.files));
  document.addEventListener("paste", (event) => takeFirst(event.clipboardData?.files));
  markDrops();
}

/** Shows where a photo would be dropped, and keeps it from replacing the page. */
function markDrops(): void {
  const mark = (over: boolean) => document.body.classList.toggle("dropping", over);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    mark(true);
  });
  document.addEventListener("dragleave", ({ relatedTarget }) => {
    if (relatedTarget === null) mark(false);
  });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
  });
}

/** Decodes a photo, turned as its camera was held. */
export async function decodePhoto(file: File): Promise<ImageData> {
  const bitmap = await createImageBitmap(file, { premultiplyAlpha: "none" }).catch(() => {
    throw new Error(`This browser cannot read the image ${file.name}.`);
  });
  try {
    return pixelsWithin(bitmap, MOST_SIDE);
  } finally {
    bitmap.close();
  }
}
