/** Where the evidence for a class lies, laid over the picture. */
import type { Explanation } from "she-ood";

type SimilarityMap = NonNullable<Explanation["layers"][number]["map"]>;

/** Opacity of the largest value, of 255: the picture stays in sight. */
const STRONG = 200;

export class Evidence {
  readonly #controls: HTMLElement;
  readonly #canvas: HTMLCanvasElement;
  readonly #on: HTMLInputElement;
  readonly #layer: HTMLSelectElement;
  readonly #class: HTMLElement;
  readonly #scale: HTMLElement;
  #explanation: Explanation | undefined;

  /** Calls `wanted` when an explanation is to be seen that it has not. */
  constructor(page: Document, wanted: () => void) {
    this.#controls = page.getElementById("evidence")!;
    this.#canvas = page.getElementById("heat") as HTMLCanvasElement;
    this.#on = page.getElementById("show-heat") as HTMLInputElement;
    this.#layer = page.getElementById("heat-layer") as HTMLSelectElement;
    this.#class = page.getElementById("heat-class")!;
    this.#scale = page.getElementById("heat-scale")!;
    this.#layer.onchange = () => this.#draw();
    this.#on.onchange = () => (this.wanted && !this.#explanation ? wanted() : this.#draw());
  }

  /** Whether explanations are to be seen. */
  get wanted(): boolean {
    return this.#on.checked && this.#layer.length > 0;
  }

  /** Lists the layers that have places. Without any there is nothing to choose. */
  ready({ layers }: Explanation): void {
    const names = layers.filter(({ map }) => map).map(({ name }) => name);
    this.#layer.replaceChildren(...names.map((name) => new Option(name)));
    this.#layer.value = names.at(-1) ?? "";
    this.hide();
  }

  /**
   * Takes the picture that is judged, width to height as `ratio`, and what explains it if that is
   * to be seen.
   */
  show(explanation: Explanation | undefined, nearest: string, ratio: number): void {
    this.#explanation = explanation;
    this.#class.textContent = nearest;
    this.#controls.hidden = this.#layer.length === 0;
    const [width, height] = [Math.min(1, ratio), Math.min(1, 1 / ratio)];
    Object.assign(this.#canvas.style, {
      width: `${100 * width}%`,
      height: `${100 * height}%`,
      left: `${50 * (1 - width)}%`,
      top: `${50 * (1 - height)}%`,
    });
    this.#draw();
  }

  hide(): void {
    this.#explanation = undefined;
    this.#controls.hidden = true;
    this.#draw();
  }

  #draw(): void {
    const map =
      this.wanted && this.#explanation?.layers.find(({ name }) => name === this.#layer.value)?.map;
    this.#canvas.hidden = this.#scale.hidden = !map;
    if (map) drawHeat(this.#canvas, map);
  }
}

/**
 * The similarity at each place: the stronger the colour, the more it adds to that of the layer, or
 * takes from it.
 */
function drawHeat(canvas: HTMLCanvasElement, { width, height, values }: SimilarityMap): void {
  const most = Math.max(...values.map(Math.abs)) || 1;
  const pixels = new ImageData(width, height);
  values.forEach((value, i) => pixels.data.set(colour(value / most), 4 * i));
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d")!.putImageData(pixels, 0, 0);
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
}

/** Teal for, orange against; nothing is clear. */
function colour(share: number): [number, number, number, number] {
  return share > 0 ? [45, 212, 191, STRONG * share] : [251, 146, 60, -STRONG * share];
}
