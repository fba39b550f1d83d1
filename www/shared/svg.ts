/** SVG drawings: elements, lines and axes. Scales come from d3. */
import type { ScaleLinear } from "d3-scale";

export type Scale = ScaleLinear<number, number>;
export type Point = [x: number, y: number];
type Attributes = Record<string, string | number>;

/** Creates an element with attributes and children. */
export function shape(
  tag: string,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElement {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  element.append(...children);
  return element;
}

/** Draws a line through points. */
export function line(attributes: Attributes, points: Point[]): SVGElement {
  return shape("polyline", {
    ...attributes,
    points: points.map((point) => point.join()).join(" "),
  });
}

interface AxisOptions {
  /** About this many ticks, at round numbers. */
  ticks: number;
  /** Where it stands: the length between it and the origin of the drawing. */
  offset: number;
  format?: (value: number) => string;
}

/** Length of a tick, and the distance of its number. */
const [TICK, NUMBER] = [6, 9];

/** Between pixels, where a line of one pixel is sharp. */
const sharp = (offset: number) => offset + (devicePixelRatio > 1 ? 0 : 0.5);

/** Draws a horizontal axis with its numbers below. */
export function xAxis(scale: Scale, options: AxisOptions): SVGElement {
  const [from, to] = scale.range();
  return axis(scale, options, {
    box: { transform: `translate(${sharp(0)},${sharp(options.offset)})`, "text-anchor": "middle" },
    base: { x1: from ?? 0, x2: to ?? 0 },
    tick: (at) => ({ transform: `translate(${at},0)` }),
    mark: { y2: TICK },
    number: { y: NUMBER, dy: "0.71em" },
  });
}

/** Draws a vertical axis with its numbers to the left. */
export function yAxis(scale: Scale, options: AxisOptions): SVGElement {
  const [from, to] = scale.range();
  return axis(scale, options, {
    box: { transform: `translate(${sharp(options.offset)},${sharp(0)})`, "text-anchor": "end" },
    base: { y1: from ?? 0, y2: to ?? 0 },
    tick: (at) => ({ transform: `translate(0,${at})` }),
    mark: { x2: -TICK },
    number: { x: -NUMBER, dy: "0.32em" },
  });
}

/** What differs between the two axes. */
interface Layout {
  box: Attributes;
  base: Attributes;
  tick(at: number): Attributes;
  mark: Attributes;
  number: Attributes;
}

function axis(scale: Scale, { ticks, format }: AxisOptions, layout: Layout): SVGElement {
  const write = format ?? scale.tickFormat(ticks);
  const marks = scale.ticks(ticks).map((value) => {
    const number = shape("text", layout.number, write(value));
    return shape("g", layout.tick(scale(value)), shape("line", layout.mark), number);
  });
  return shape("g", { class: "axis", ...layout.box }, shape("line", layout.base), ...marks);
}
