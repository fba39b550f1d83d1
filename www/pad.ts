/** The drawing pad: light ink on black, as the digits that the model knows. */
import SignaturePad from "signature_pad";

/** Width of the pen as a share of the pad: that of MNIST's strokes in their 28 pixels. */
const PEN = 0.075;

/** Pixels along each side, enough for the finest strokes that survive the scaling to 28. */
const SIDE = 280;

export class Pad {
  /** Called with the whole picture while the pen moves, at most once a frame. */
  onDraw: (picture: ImageData) => void = () => {};

  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #pen: SignaturePad;
  #frame = 0;
  #holdsSample = false;

  constructor(canvas: HTMLCanvasElement) {
    canvas.width = canvas.height = SIDE;
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d", { willReadFrequently: true })!;
    this.#pen = new SignaturePad(canvas, { backgroundColor: "black", penColor: "white", throttle: 0, minDistance: 2 });
    this.#pen.addEventListener("beginStroke", () => this.#startOver(), { passive: true });
    this.#pen.addEventListener("afterUpdateStroke", () => this.#drawn());
    this.#pen.addEventListener("endStroke", () => this.#drawn());
    new ResizeObserver(() => this.#fit()).observe(canvas);
  }

  clear(): void {
    this.#pen.clear();
    this.#holdsSample = false;
  }

  /** Shows a sample in place of the drawing; the next stroke clears it away. */
  show(picture: CanvasImageSource): void {
    this.#pen.clear();
    this.#holdsSample = true;
    this.#context.imageSmoothingEnabled = false;
    this.#context.drawImage(picture, 0, 0, this.#canvas.width, this.#canvas.height);
  }

  #startOver(): void {
    if (this.#holdsSample) this.clear();
  }

  #drawn(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => {
      this.onDraw(this.#context.getImageData(0, 0, this.#canvas.width, this.#canvas.height));
    });
  }

  /** Keeps the pen under the pointer, whatever size the page gives the pad. */
  #fit(): void {
    const { width, height } = this.#canvas.getBoundingClientRect();
    if (!width || !height) return;
    const strokes = this.#pen.toData();
    this.#canvas.width = SIDE;
    this.#canvas.height = Math.round((SIDE * height) / width);
    this.#context.scale(SIDE / width, SIDE / width);
    const pen = Math.min(width, height) * PEN;
    Object.assign(this.#pen, { minWidth: pen * 0.45, maxWidth: pen * 0.55, dotSize: pen * 0.5 });
    this.#pen.clear();
    this.#pen.fromData(strokes);
  }
}
