/** The map of features: the clouds of the classes, and the picture that is scored. */
import { extent } from "d3-array";
import { scaleLinear } from "d3-scale";
import type { Info, Report } from "she-ood";
import { at } from "../shared/at";
import { contextOf } from "../shared/canvas";
import { element, write } from "../shared/dom";
import type { Cloud } from "./cloud";
import type { ScoredSample } from "./loaded";
import { type Context, drawDot, drawName, LETTERS, widthOf } from "./map-marks";
import { moveApart, type Name } from "./map-names";
import { MapTip } from "./map-tip";
import { ordinaryFrom, whereElse } from "./map-words";
import type { Place } from "./projection";

const COLOURS =
  "#4269d0 #efb118 #ff725c #6cc5b0 #3ca951 #ff8ab7 #a463f2 #97bbf5 #9c6b4e #9498a0".split(" ");
/** The space around the clouds, as a fraction of the map, and the least to its edge. */
const [MARGIN, EDGE] = [0.08, 0.02];

export class FeatureMap {
  readonly #canvas: HTMLCanvasElement;
  readonly #tip: MapTip;
  #cloud: Cloud | undefined;
  #info: Info | undefined;
  /** The least similarity to the nearest class that pictures it knows have in the map's layer. */
  #ordinary = -Infinity;
  /** The picture that is scored. */
  #now: { place: Place; verdict: Report["verdict"] } | undefined;
  /** The clouds as drawn, which stay the same while the picture moves. */
  #clouds: OffscreenCanvas | undefined;
  #toPixels: (place: Place) => Place = (place) => place;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#tip = new MapTip(canvas);
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#redraw());
  }

  /** Whether there are clouds to place a picture among. */
  get isFilled(): boolean {
    return this.#cloud !== undefined;
  }

  /** Names the layer of a network that is placed now. */
  prepare(info: Info, samples: ScoredSample[]): void {
    this.#info = info;
    this.#ordinary = ordinaryFrom(samples);
    write("map-layer", info.layers.at(-1)?.name ?? "");
  }

  empty(): void {
    this.#take(undefined);
    this.say("");
  }

  /** Shows the clouds of a detector. */
  show(cloud: Cloud): void {
    this.#take(cloud);
    this.say("");
  }

  /** Says how it is coming along. */
  say(words: string): void {
    write("map-state", words);
  }

  /** Moves the picture that is scored; dims the map where the verdict comes from elsewhere. */
  move(features: Float32Array, report: Report): void {
    if (!this.#cloud) return;
    const elsewhere = whereElse(report, this.#ordinary);
    const { verdict, nearest } = report;
    this.#now = { place: this.#cloud.place(features), verdict };
    element("map-figure").classList.toggle("dimmed", elsewhere !== "");
    this.say(elsewhere);
    this.#canvas.ariaLabel =
      `Map of features: most like ${nearest.label}, ${verdict}. ` +
      "Arrow keys show the training pictures.";
    this.#draw();
  }

  #take(cloud: Cloud | undefined): void {
    this.#cloud = cloud;
    this.#now = undefined;
    element("map-figure").classList.remove("dimmed");
    this.#redraw();
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
    if (this.#now) this.#drawRing(context, this.#toPixels(this.#now.place), this.#now.verdict);
  }

  #drawClouds(cloud: Cloud): OffscreenCanvas {
    const { width, height } = this.#canvas;
    const canvas = new OffscreenCanvas(width, height);
    const context = contextOf(canvas);
    this.#toPixels = scalePlaces(cloud, width, height);
    const points = cloud.points.map((point) => ({ ...point, place: this.#toPixels(point.place) }));
    for (const { place, row } of points)
      drawDot(context, place, 2.2, at(COLOURS, row % COLOURS.length), 0.55);
    this.#tip.take(points.map(({ row, ...point }) => ({ ...point, label: this.#labelOf(row) })));
    this.#drawNames(context, cloud.patterns);
    return canvas;
  }

  #drawNames(context: Context, patterns: Place[]): void {
    const names = patterns.map((place, row): Name => {
      const label = this.#labelOf(row);
      return { place: this.#toPixels(place), label, width: widthOf(context, label) };
    });
    const area = { ...size(this.#canvas), line: 1.25 * LETTERS * devicePixelRatio };
    const [text, outline] = [this.#colour("--text"), this.#colour("--card")];
    for (const name of moveApart(names, area)) drawName(context, name, text, outline);
  }

  #labelOf(row: number): string {
    return this.#info ? at(this.#info.labels, at(this.#info.classes, row)) : "";
  }

  /** A ring that no cloud hides, in the colour of the verdict. */
  #drawRing(context: Context, place: Place, verdict: Report["verdict"]): void {
    drawDot(context, place, 8, this.#colour("--card"), 1);
    drawDot(context, place, 6.5, this.#colour(`--${verdict}`), 1);
    drawDot(context, place, 2, this.#colour("--card"), 1);
  }

  #colour(name: string): string {
    return getComputedStyle(this.#canvas).getPropertyValue(name);
  }
}

const size = ({ width, height }: HTMLCanvasElement) => ({ width, height });

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
