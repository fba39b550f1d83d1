/** Where one draws, light ink on black, or sees the picture that is scored. */
import SignaturePad, { type PointGroup } from "signature_pad";
import { canvasOf, contextOf } from "../shared/canvas";
import type { Stroke } from "./demonstration";

type Point = PointGroup["points"][number];

/** Width of the pen as a fraction of the pad: MNIST's strokes are as wide in their 28 pixels. */
const PEN = 0.075;

/** How a stroke that is not drawn by hand looks. */
const INK = {
  penColor: "white",
  velocityFilterWeight: 0.7,
  compositeOperation: "source-over",
} as const;

export class Pad {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #pen: SignaturePad;
  /** Told the whole picture while the pen moves, at most once a frame, and whose it is. */
  readonly #draw: (picture: ImageData, isOwn: boolean) => void;
  #frame = 0;
  /** Shown in place of a drawing. */
  #picture: ImageData | undefined;
  /** Whether the drawing is not the visitor's: the next stroke clears it away. */
  #isDemonstration = false;

  constructor(canvas: HTMLCanvasElement, draw: (picture: ImageData, isOwn: boolean) => void) {
    this.#canvas = canvas;
    this.#draw = draw;
    this.#context = contextOf(canvas, { willReadFrequently: true });
    this.#pen = new SignaturePad(canvas, {
      backgroundColor: "black",
      penColor: "white",
      throttle: 0,
      minDistance: 2,
    });
    this.#pen.addEventListener("beginStroke", () => this.#startOver(), { passive: true });
    this.#pen.addEventListener("afterUpdateStroke", () => this.#tell());
    this.#pen.addEventListener("endStroke", () => this.#tell());
    new ResizeObserver(() => this.#fit()).observe(canvas);
  }

  /** Whether the pen writes. */
  set draws(draws: boolean) {
    this.#canvas.dataset.draws = String(draws);
    if (draws) this.#pen.on();
    else this.#pen.off();
  }

  clear(): void {
    cancelAnimationFrame(this.#frame);
    this.#pen.clear();
    this.#picture = undefined;
    this.#isDemonstration = false;
  }

  /** Draws a stroke by itself, a few points a frame; the visitor's own clears it away. */
  demonstrate(stroke: Stroke): void {
    this.clear();
    this.#isDemonstration = true;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = still ? stroke.length : 2;
    const next = (count: number) => {
      this.#trace(stroke.slice(0, count));
      if (count >= stroke.length) return;
      this.#frame = requestAnimationFrame(() => next(count + step));
    };
    next(step);
  }

  /** Draws a stroke as the pen does, and tells of it. */
  #trace(stroke: Stroke): void {
    const side = this.#canvas.width;
    const points = stroke.map(([x, y], i) => ({
      x: (x / 100) * side,
      y: (y / 100) * side,
      pressure: 0.5,
      time: 20 * i,
    }));
    this.#pen.fromData([{ ...penFor(side), ...INK, points }]);
    this.#draw(this.#read(), false);
  }

  /** Shows a whole picture in place of the drawing; the next stroke clears it away. */
  show(picture: ImageData): void {
    this.clear();
    this.#picture = picture;
    const { width, height } = picture;
    const side = this.#canvas.width;
    const zoom = side / Math.max(width, height);
    // The pixels of a small picture stay visible as such.
    this.#context.imageSmoothingEnabled = zoom < 4;
    const area = [
      (side - width * zoom) / 2,
      (side - height * zoom) / 2,
      width * zoom,
      height * zoom,
    ] as const;
    // Transparent pixels are scored as white paper.
    this.#context.fillStyle = "white";
    this.#context.fillRect(...area);
    this.#context.drawImage(canvasOf(picture), ...area);
  }

  /** Clears a picture away under the stroke that begins; clearing the pen would end the stroke. */
  #startOver(): void {
    if (!this.#picture && !this.#isDemonstration) return;
    cancelAnimationFrame(this.#frame);
    this.#picture = undefined;
    this.#isDemonstration = false;
    this.#context.fillStyle = "black";
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #tell(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#draw(this.#read(), true));
  }

  #read(): ImageData {
    return this.#context.getImageData(0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Gives the canvas a pixel for each of the page's, so that the pen is where the pointer is. */
  #fit(): void {
    const side = this.#canvas.clientWidth;
    // Not laid out: the drawing waits as it is.
    if (side === 0) return;
    const strokes = this.#scaleStrokes(side);
    this.#canvas.width = this.#canvas.height = side;
    Object.assign(this.#pen, penFor(side));
    this.#pen.clear();
    if (this.#picture) this.show(this.#picture);
    else this.#pen.fromData(strokes);
  }

  #scaleStrokes(side: number): PointGroup[] {
    const zoom = side / this.#canvas.width;
    const scale = ({ x, y, ...point }: Point) => ({ ...point, x: x * zoom, y: y * zoom });
    return this.#pen
      .toData()
      .map((stroke) => ({ ...stroke, ...penFor(side), points: stroke.points.map(scale) }));
  }
}

function penFor(side: number) {
  const width = side * PEN;
  return { minWidth: width * 0.45, maxWidth: width * 0.55, dotSize: width * 0.5 };
}
