/** Where one draws, light ink on black, or sees the picture that is judged. */
import SignaturePad, { type PointGroup } from "signature_pad";
import { canvasOf } from "./perturb";

type Point = PointGroup["points"][number];

/** Width of the pen as a share of the pad: that of MNIST's strokes in their 28 pixels. */
const PEN = 0.075;

export class Pad {
  /** Called with the whole picture while the pen moves, at most once a frame. */
  onDraw: (picture: ImageData) => void = () => {};

  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #pen: SignaturePad;
  #frame = 0;
  #picture: ImageData | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { willReadFrequently: true })!;
    this.#pen = new SignaturePad(canvas, {
      backgroundColor: "black",
      penColor: "white",
      throttle: 0,
      minDistance: 2,
    });
    this.#pen.addEventListener("beginStroke", () => this.#startOver(), { passive: true });
    this.#pen.addEventListener("afterUpdateStroke", () => this.#drawn());
    this.#pen.addEventListener("endStroke", () => this.#drawn());
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
  }

  /** Shows a picture, whole, in place of the drawing; the next stroke clears it away. */
  show(picture: ImageData): void {
    cancelAnimationFrame(this.#frame);
    this.#pen.clear();
    this.#picture = picture;
    const { width, height } = picture;
    const side = this.#canvas.width;
    const zoom = side / Math.max(width, height);
    // The pixels of a small picture are shown as what they are.
    this.#context.imageSmoothingEnabled = zoom < 4;
    const area = [
      (side - width * zoom) / 2,
      (side - height * zoom) / 2,
      width * zoom,
      height * zoom,
    ] as const;
    // What is transparent is judged as white paper.
    this.#context.fillStyle = "white";
    this.#context.fillRect(...area);
    this.#context.drawImage(canvasOf(picture), ...area);
  }

  /** Takes a picture away under the stroke that begins: clearing the pen would end the stroke. */
  #startOver(): void {
    if (!this.#picture) return;
    this.#picture = undefined;
    this.#context.fillStyle = "black";
    this.#context.fillRect(0, 0, this.#canvas.width, this.#canvas.height);
  }

  #drawn(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.onDraw(this.#context.getImageData(0, 0, this.#canvas.width, this.#canvas.height));
    });
  }

  /** Gives the canvas a pixel for each of the page's, so that the pen is where the pointer is. */
  #fit(): void {
    const side = this.#canvas.clientWidth;
    const zoom = side / this.#canvas.width;
    const pen = {
      minWidth: side * PEN * 0.45,
      maxWidth: side * PEN * 0.55,
      dotSize: side * PEN * 0.5,
    };
    const scaled = ({ x, y, ...point }: Point) => ({ ...point, x: x * zoom, y: y * zoom });
    const strokes = this.#pen
      .toData()
      .map((stroke) => ({ ...stroke, ...pen, points: stroke.points.map(scaled) }));
    this.#canvas.width = this.#canvas.height = side;
    Object.assign(this.#pen, pen);
    this.#pen.clear();
    if (this.#picture) this.show(this.#picture);
    else this.#pen.fromData(strokes);
  }
}
