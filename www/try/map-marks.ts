/** Dots and names on the map. */
import type { Name } from "./map-names";
import type { Place } from "./projection";

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Draws a disc; its radius is in pixels of the page. */
export function drawDot(
  context: Context,
  [x, y]: Place,
  radius: number,
  colour: string,
  opacity: number,
): void {
  context.globalAlpha = opacity;
  context.fillStyle = colour;
  context.beginPath();
  context.arc(x, y, radius * devicePixelRatio, 0, 2 * Math.PI);
  context.fill();
  context.globalAlpha = 1;
}

/** Writes a name, outlined so that dots behind it do not disturb. */
export function drawName(
  context: Context,
  { place: [x, y], label }: Name,
  colour: string,
  outline: string,
): void {
  context.font = `600 ${13 * devicePixelRatio}px system-ui, sans-serif`;
  context.textAlign = alignmentAt(x / context.canvas.width);
  context.lineWidth = 4 * devicePixelRatio;
  context.strokeStyle = outline;
  context.fillStyle = colour;
  context.strokeText(label, x, y);
  context.fillText(label, x, y);
}

/** Keeps a name inside the map near its edges. */
function alignmentAt(position: number): CanvasTextAlign {
  if (position < 0.15) return "left";
  return position > 0.85 ? "right" : "center";
}
