/** The training picture behind a dot of the map, by hover, touch or arrow keys. */
import { minIndex } from "d3-array";
import { at } from "../shared/at";
import { pictureElement } from "../shared/canvas";
import { element } from "../shared/dom";
import type { Picture } from "../shared/sheet";
import { withArticle } from "../shared/words";
import type { Place } from "./projection";

interface Dot {
  /** In pixels of the canvas. */
  place: Place;
  picture: Picture;
  label: string;
}

/** Pixels of the page within which a dot is meant. */
const REACH = 16;
const STEPS: Record<string, number> = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

export class MapTip {
  readonly #canvas: HTMLCanvasElement;
  readonly #tip = element("map-tip");
  /** From left to right. */
  #dots: Dot[] = [];
  #shown = -1;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    const show = (event: PointerEvent) => this.#showNear(event.offsetX, event.offsetY);
    canvas.addEventListener("pointermove", show);
    canvas.addEventListener("pointerdown", show);
    canvas.addEventListener(
      "pointerleave",
      ({ pointerType }) => pointerType === "mouse" && this.#hide(),
    );
    canvas.addEventListener("blur", () => this.#hide());
    canvas.addEventListener("keydown", (event) => this.#step(event));
  }

  take(dots: Dot[]): void {
    this.#dots = [...dots].sort((one, other) => one.place[0] - other.place[0]);
    this.#hide();
  }

  #step(event: KeyboardEvent): void {
    const step = STEPS[event.key];
    if (step === undefined || this.#dots.length === 0) return;
    event.preventDefault();
    const { length } = this.#dots;
    this.#show((this.#shown + step + length) % length);
  }

  #showNear(x: number, y: number): void {
    const distance = ({ place }: Dot) =>
      Math.hypot(place[0] / devicePixelRatio - x, place[1] / devicePixelRatio - y);
    const nearest = minIndex(this.#dots, distance);
    const dot = this.#dots[nearest];
    if (dot && distance(dot) <= REACH) this.#show(nearest);
    else this.#hide();
  }

  #show(index: number): void {
    if (index === this.#shown) return;
    this.#shown = index;
    const { place, picture, label } = at(this.#dots, index);
    this.#tip.replaceChildren(
      pictureElement(picture.pixels()),
      `${withArticle(label)}, from training`,
    );
    this.#tip.style.left = `${(100 * place[0]) / this.#canvas.width}%`;
    this.#tip.style.top = `${(100 * place[1]) / this.#canvas.height}%`;
    this.#tip.dataset.side = place[0] > this.#canvas.width / 2 ? "left" : "right";
    this.#tip.hidden = false;
  }

  #hide(): void {
    this.#shown = -1;
    this.#tip.hidden = true;
  }
}
