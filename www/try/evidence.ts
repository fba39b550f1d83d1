/** Where the evidence for a class lies, laid over the picture. */
import type { Explanation } from "she-ood";
import { canvasOf, contextOf } from "../shared/canvas";
import { element } from "../shared/dom";

type SimilarityMap = NonNullable<Explanation["layers"][number]["map"]>;

/** Opacity of the largest value, of 255: the picture stays in sight. */
const STRONG = 200;

export class Evidence {
  readonly #controls = element("evidence");
  readonly #canvas = element<HTMLCanvasElement>("heat");
  readonly #on = element<HTMLInputElement>("show-heat");
  readonly #layer = element<HTMLSelectElement>("heat-layer");
  readonly #class = element("heat-class");
  readonly #scale = element("heat-scale");
  #explanation: Explanation | undefined;

  /** Calls `explain` when an explanation is missing. */
  constructor(explain: () => void) {
    this.#layer.onchange = () => this.#draw();
    this.#on.onchange = () => {
      if (this.wanted && !this.#explanation) explain();
      else this.#draw();
    };
  }

  /** Whether explanations are shown. */
  get wanted(): boolean {
    return this.#on.checked && this.#layer.length > 0;
  }

  /** Lists the layers that have places. Without any there is nothing to choose. */
  offerLayers({ layers }: Explanation): void {
    const names = layers.filter(({ map }) => map).map(({ name }) => name);
    this.#layer.replaceChildren(...names.map((name) => new Option(name)));
    this.#layer.value = names.at(-1) ?? "";
    this.hide();
  }

  /** Shows the evidence for the class `nearest` over a picture; `ratio` is its width to height. */
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

  /** Forgets the layers of the network before. */
  forgetLayers(): void {
    this.#layer.replaceChildren();
    this.hide();
  }

  hide(): void {
    this.#explanation = undefined;
    this.#controls.hidden = true;
    this.#draw();
  }

  #draw(): void {
    const layer = this.#explanation?.layers.find(({ name }) => name === this.#layer.value);
    const map = this.wanted ? layer?.map : undefined;
    this.#canvas.hidden = this.#scale.hidden = !map;
    if (map) drawHeat(this.#canvas, map);
  }
}

/** Colours each place: the stronger, the more it adds to the layer's similarity or takes off. */
function drawHeat(canvas: HTMLCanvasElement, { width, height, values }: SimilarityMap): void {
  const most = Math.max(...values.map(Math.abs)) || 1;
  const pixels = new ImageData(width, height);
  values.forEach((value, i) => {
    pixels.data.set(colour(value / most), 4 * i);
  });
  const context = contextOf(canvas);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingQuality = "high";
  context.drawImage(canvasOf(pixels), 0, 0, canvas.width, canvas.height);
}

/** Teal for, orange against; nothing is clear. */
function colour(strength: number): [red: number, green: number, blue: number, alpha: number] {
  return strength > 0 ? [45, 212, 191, STRONG * strength] : [251, 146, 60, -STRONG * strength];
}
