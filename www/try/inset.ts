/** The small picture of what the network sees. */
import { contextOf } from "../shared/canvas";
import { element, write } from "../shared/dom";

/** The network sees nothing. */
export function clearInset(): void {
  const canvas = element<HTMLCanvasElement>("inset");
  contextOf(canvas).clearRect(0, 0, canvas.width, canvas.height);
  canvas.ariaLabel = "The picture as the network sees it: none yet";
}

export function showInset(seen: ImageData): void {
  const canvas = element<HTMLCanvasElement>("inset");
  const { width, height } = seen;
  Object.assign(canvas, { width, height });
  contextOf(canvas).putImageData(seen, 0, 0);
  canvas.ariaLabel = `The picture as the network sees it, ${width} × ${height} pixels`;
  write("inset-size", `${width} × ${height} pixels`);
}
