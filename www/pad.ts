/** The drawing pad: light ink on black, as the digits that the model knows. */
import SignaturePad from "signature_pad";

/** Width of the pen as a share of the pad: that of MNIST's strokes in their 28 pixels. */
const PEN = 0.075;

export class Pad {
  /** Called with the whole picture while the pen moves, at most once a frame. */
  onDraw: (picture: ImageData) => void = () => {};

  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #pen: SignaturePad;
  #frame = 0;
  #sample: CanvasImageSource | undefined;

  constructor(canvas: HTMLCanvasElement) {
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
    this.#sample = undefined;
  }

  /** Shows a sample in place of the drawing; the next stroke clears it away. */
  show(picture: CanvasImageSource): void {
    this.#pen.clear();
    this.#sample = picture;
    this.#context.imageSmoothingEnabled = false;
    this.#context.drawImage(picture, 0, 0, this.#canvas.width, this.#canvas.height);
  }

  /** Takes a sample away under the stroke that begins: clearing the pen would end the stroke. */
  #startOver(): void {
    if (!this.#sample) return;
    this.#sample = undefined;
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
    const { clientWidth, clientHeight } = this.#canvas;
    const strokes = this.#pen.toData();
    this.#canvas.width = clientWidth;
    this.#canvas.height = clientHeight;
    const pen = Math.min(clientWidth, clientHeight) * PEN;
    Object.assign(this.#pen, { minWidth: pen * 0.45, maxWidth: pen * 0.55, dotSize: pen * 0.5 });
    this.#pen.clear();
    if (this.#sample) this.show(this.#sample);
    else this.#pen.fromData(strokes);
  }
}
