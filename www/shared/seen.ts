/** A small picture of what the network sees. */
import { contextOf } from "./canvas";

/** Shows it on a canvas of its size, and names it. */
export function drawSeen(canvas: HTMLCanvasElement, seen: ImageData): void {
  const { width, height } = seen;
  Object.assign(canvas, { width, height });
  contextOf(canvas).putImageData(seen, 0, 0);
  canvas.ariaLabel = `The picture as the network sees it, ${width} × ${height} pixels`;
}
