/** The map of features: the clouds of the classes, and the one that is judged. */
import type { Info, Report } from "she-ood";
import type { Cloud } from "./cloud";
import type { Place } from "./projection";

const COLOURS = [
  "#4269d0",
  "#efb118",
  "#ff725c",
  "#6cc5b0",
  "#3ca951",
  "#ff8ab7",
  "#a463f2",
  "#97bbf5",
  "#9c6b4e",
  "#9498a0",
];
const MARGIN = 0.08;
type Context = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

/** Height of a name, and about the width of its letters. */
const [LINE, LETTER] = [15, 8];

export class FeatureMap {
  readonly #canvas: HTMLCanvasElement;
  #at: (place: Place) => Place = (place) => place;
  /** The clouds, which stay the same while the one that is judged moves. */
  #clouds: OffscreenCanvas | undefined;
  #cloud: Cloud | undefined;
  #labels: string[] = [];
  #now: { place: Place; isOod: boolean } | undefined;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    new ResizeObserver(() => this.#fit()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#anew());
  }

  show(cloud: Cloud | undefined, info: Info): void {
    this.#cloud = cloud;
    this.#labels = info.classes.map((index) => info.labels[index]!);
    this.#now = undefined;
    this.#anew();
  }

  /** Whether there is a map to place something on. */
  get filled(): boolean {
    return this.#cloud !== undefined;
  }

  /** Moves the one that is judged. */
  move(features: Float32Array, { isOod, nearest }: Report): void {
    if (!this.#cloud) return;
    this.#now = { place: this.#cloud.place(features), isOod };
    this.#canvas.ariaLabel = `Map of features: this one is most like ${nearest.label}, ${isOod ? "and too far from it" : "and among its kind"}`;
    this.#draw();
  }

  #fit(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    [this.#canvas.width, this.#canvas.height] = [clientWidth, clientHeight].map(
      (side) => side * devicePixelRatio,
    ) as [number, number];
    this.#anew();
  }

  #anew(): void {
    this.#clouds = this.#cloud && this.#canvas.width > 0 ? this.#drawn(this.#cloud) : undefined;
    this.#draw();
  }

  #draw(): void {
    const context = this.#canvas.getContext("2d")!;
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (!this.#clouds) return;
    context.drawImage(this.#clouds, 0, 0);
    if (this.#now) this.#mark(context, this.#at(this.#now.place), this.#now.isOod);
  }

  #drawn(cloud: Cloud): OffscreenCanvas {
    const canvas = new OffscreenCanvas(this.#canvas.width, this.#canvas.height);
    const context = canvas.getContext("2d")!;
    this.#at = this.#scale(cloud);
    for (const { place, row } of cloud.points)
      dot(context, this.#at(place), 2.2, COLOURS[row % COLOURS.length]!, 0.55);
    const names = cloud.patterns.map((place, row) => ({
      place: this.#at(place),
      label: this.#labels[row]!,
    }));
    for (const { place, label } of apart(names, LINE * devicePixelRatio))
      this.#name(context, place, label);
    return canvas;
  }

  /**
   * Places to pixels, such that the clouds fill the map; what lies further out stands at its edge.
   */
  #scale({ points }: Cloud): (place: Place) => Place {
    const axis = (index: 0 | 1, length: number) => {
      const values = points.map(({ place }) => place[index]);
      const [low, high] = [Math.min(...values), Math.max(...values)];
      return (value: number) =>
        length *
        Math.max(
          0.02,
          Math.min(0.98, MARGIN + ((1 - 2 * MARGIN) * (value - low)) / (high - low || 1)),
        );
    };
    const [x, y] = [axis(0, this.#canvas.width), axis(1, this.#canvas.height)];
    return ([left, up]) => [x(left), y(up)];
  }

  #name(context: Context, [x, y]: Place, label: string): void {
    context.font = `600 ${13 * devicePixelRatio}px system-ui, sans-serif`;
    context.textAlign =
      x < 0.15 * this.#canvas.width ? "left" : x > 0.85 * this.#canvas.width ? "right" : "center";
    context.lineWidth = 4 * devicePixelRatio;
    context.strokeStyle = this.#colour("--card");
    context.fillStyle = this.#colour("--text");
    context.strokeText(label, x, y);
    context.fillText(label, x, y);
  }

  /** A ring that no cloud hides, in the colour of the verdict. */
  #mark(context: Context, place: Place, isOod: boolean): void {
    dot(context, place, 8, this.#colour("--card"), 1);
    dot(context, place, 6.5, this.#colour(isOod ? "--unknown" : "--known"), 1);
    dot(context, place, 2, this.#colour("--card"), 1);
  }

  #colour(name: string): string {
    return getComputedStyle(this.#canvas).getPropertyValue(name);
  }
}

function dot(
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

interface Name {
  place: Place;
  label: string;
}

/** Names, each moved down until none above is in its way. */
function apart(names: Name[], line: number): Name[] {
  const set: Name[] = [];
  for (const {
    place: [x, top],
    label,
  } of [...names].sort((one, other) => one.place[1] - other.place[1])) {
    const inTheWay = (y: number) =>
      set.some(
        ({ place, label: other }) =>
          Math.abs(place[1] - y) < line &&
          Math.abs(place[0] - x) < ((label.length + other.length) * LETTER * line) / LINE / 2,
      );
    let y = top;
    while (inTheWay(y)) y += line / 4;
    set.push({ place: [x, y], label });
  }
  return set;
}
