/** Photos: chosen, dropped anywhere on the page, or pasted. */

import { pixelsWithin } from "./perturb";

/**
 * More than any model looks at; larger photos are made smaller, so that they do not fill the
 * memory.
 */
const MOST_SIDE = 2048;

/**
 * Calls `show` with the pixels of each photo that comes in, turned as its camera was held, and
 * `fail` where it is none. Gives what forgets the one that is being decoded.
 */
export function onPhoto(
  input: HTMLInputElement,
  show: (photo: ImageData) => void,
  fail: (error: Error) => void,
): () => void {
  let last = 0;
  const take = async (files: FileList | undefined | null) => {
    const file = [...(files ?? [])].find(({ type }) => type.startsWith("image/")) ?? files?.[0];
    if (!file) return;
    // A photo that takes long to decode must not come after one that was chosen later.
    const turn = ++last;
    const decoded = await pixels(file).catch(
      () => new Error(`${file.name} is no picture that this browser can read.`),
    );
    if (turn !== last) return;
    if (decoded instanceof Error) fail(decoded);
    else show(decoded);
  };
  input.addEventListener("change", () => {
    void take(input.files);
    input.value = "";
  });
  const hovered = (over: boolean) => document.body.classList.toggle("dropping", over);
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    hovered(true);
  });
  document.addEventListener(
    "dragleave",
    ({ relatedTarget }) => relatedTarget === null && hovered(false),
  );
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    hovered(false);
    void take(event.dataTransfer?.files);
  });
  document.addEventListener("paste", (event) => void take(event.clipboardData?.files));
  return () => void last++;
}

async function pixels(file: Blob): Promise<ImageData> {
  const bitmap = await createImageBitmap(file, { premultiplyAlpha: "none" });
  try {
    return pixelsWithin(bitmap, MOST_SIDE);
  } finally {
    bitmap.close();
  }
}
