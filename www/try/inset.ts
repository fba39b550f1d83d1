/** The small picture of what the network sees. */
import { contextOf } from "../shared/canvas";
import { element, write } from "../shared/dom";
import { drawSeen } from "../shared/seen";

/** The network sees nothing. */
export function clearInset(): void {
  const canvas = element<HTMLCanvasElement>("inset");
  contextOf(canvas).clearRect(0, 0, canvas.width, canvas.height);
  canvas.ariaLabel = "The picture as the network sees it: none yet";
}

export function showInset(seen: ImageData): void {
  drawSeen(element<HTMLCanvasElement>("inset"), seen);
  write("inset-size", `${seen.width} × ${seen.height} pixels`);
}
