/** The map of features: the clouds of the classes, and the picture that is scored. */
import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Info, Report } from "she-ood";
import { at } from "../shared/at";
import { contextOf } from "../shared/canvas";
import type { Cloud } from "./cloud";
import { type Context, drawDot, drawName } from "./map-marks";
import { moveApart, type Name } from "./map-names";
import type { Place } from "./projection";

const COLOURS =
  "#4269d0 #efb118 #ff725c #6cc5b0 #3ca951 #ff8ab7 #a463f2 #97bbf5 #9c6b4e #9498a0".split(" ");
/** The space around the clouds, as a fraction of the map, and the least to its edge. */
const [MARGIN, EDGE] = [0.08, 0.02];

export class FeatureMap {
  readonly #canvas: HTMLCanvasElement;
  #cloud: Cloud | undefined;
  #labels: string[] = [];
  /** The picture that is scored. */
  #now: { place: Place; isOod: boolean } | undefined;
  /** The clouds as drawn, which stay the same while the picture moves. */
  #clouds: OffscreenCanvas | undefined;
  #toPixels: (place: Place) => Place = (place) => place;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#redraw());
  }

  /** Shows the clouds of a detector, or an empty map. */
  show(cloud: Cloud | undefined, { classes, labels }: Info): void {
    this.#cloud = cloud;
    this.#labels = classes.map((index) => at(labels, index));
    this.#now = undefined;
    this.#redraw();
  }

  /** Whether there are clouds to place a picture among. */
  get filled(): boolean {
    return this.#cloud !== undefined;
  }

  /** Moves the picture that is scored. */
  move(features: Float32Array, { isOod, nearest }: Report): void {
    if (!this.#cloud) return;
    this.#now = { place: this.#cloud.place(features), isOod };
    const distance = isOod ? "and too far from it" : "and among its kind";
    this.#canvas.ariaLabel = `Map of features: nearest class ${nearest.label}, ${distance}`;
    this.#draw();
  }

  /** Gives the canvas a pixel for each of the screen's. */
  #fit(): void {
    this.#canvas.width = this.#canvas.clientWidth * devicePixelRatio;
    this.#canvas.height = this.#canvas.clientHeight * devicePixelRatio;
    this.#redraw();
  }

  #redraw(): void {
    this.#clouds =
      this.#cloud && this.#canvas.width > 0 ? this.#drawClouds(this.#cloud) : undefined;
    this.#draw();
  }

  #draw(): void {
    const context = contextOf(this.#canvas);
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.#clouds) return;
    context.drawImage(this.#clouds, 0, 0);
    if (this.#now) this.#drawRing(context, this.#toPixels(this.#now.place), this.#now.isOod);
  }

  #drawClouds(cloud: Cloud): OffscreenCanvas {
    const { width, height } = this.#canvas;
    const canvas = new OffscreenCanvas(width, height);
    const context = contextOf(canvas);
    this.#toPixels = scalePlaces(cloud, width, height);
    for (const { place, row } of cloud.points)
      drawDot(context, this.#toPixels(place), 2.2, at(COLOURS, row % COLOURS.length), 0.55);
    const names = cloud.patterns.map((place, row): Name => {
      return { place: this.#toPixels(place), label: at(this.#labels, row) };
    });
    const [text, outline] = [this.#colour("--text"), this.#colour("--card")];
    for (const name of moveApart(names, devicePixelRatio)) drawName(context, name, text, outline);
    return canvas;
  }

  /** A ring that no cloud hides, in the colour of the report. */
  #drawRing(context: Context, place: Place, isOod: boolean): void {
    drawDot(context, place, 8, this.#colour("--card"), 1);
    drawDot(context, place, 6.5, this.#colour(isOod ? "--unknown" : "--known"), 1);
    drawDot(context, place, 2, this.#colour("--card"), 1);
  }

  #colour(name: string): string {
    return getComputedStyle(this.#canvas).getPropertyValue(name);
  }
}

/** Scales the clouds to fill the map; a picture further out stands at its edge. */
function scalePlaces({ points }: Cloud, width: number, height: number): (place: Place) => Place {
  const axis = (index: 0 | 1, length: number) => {
    const [low = 0, high = 0] = extent(points, ({ place }) => place[index]);
    const scale = scaleLinear([low, high], [MARGIN * length, (1 - MARGIN) * length]);
    return (value: number) => Math.max(EDGE * length, Math.min((1 - EDGE) * length, scale(value)));
  };
  const [x, y] = [axis(0, width), axis(1, height)];
  return ([left, up]) => [x(left), y(up)];
}
