/** Dots and names on the map. */
import type { Name } from "./map-names";
import type { Place } from "./projection";

export type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Height of a name's letters, in pixels of the page. */
export const LETTERS = 13;

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

/** Measures a label as it is written. */
export function widthOf(context: Context, label: string): number {
  context.font = font();
  return context.measureText(label).width + LETTERS * devicePixelRatio * 0.6;
}

/** Writes a name, outlined so that dots behind it do not disturb. */
export function drawName(
  context: Context,
  { place: [x, y], label }: Name,
  colour: string,
  outline: string,
): void {
  context.font = font();
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineWidth = 4 * devicePixelRatio;
  context.strokeStyle = outline;
  context.fillStyle = colour;
  context.strokeText(label, x, y);
  context.fillText(label, x, y);
}

const font = () => `600 ${LETTERS * devicePixelRatio}px system-ui, sans-serif`;
