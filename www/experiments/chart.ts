/** What the charts have in common: an SVG with words for who cannot see it, and axes. */
import { type Axis, axisBottom, axisLeft } from "d3-axis";
import type { ScaleLinear } from "d3-scale";
import { type Selection, select } from "d3-selection";

export type Chart = Selection<SVGSVGElement, unknown, null, undefined>;
export type Scale = ScaleLinear<number, number>;

export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** An emptied chart of this size, with its title and description. */
export function begin(
  svg: SVGSVGElement,
  { width, height }: Frame,
  title: string,
  description: string,
): Chart {
  const chart = select(svg).attr("viewBox", `0 0 ${width} ${height}`).attr("role", "img");
  chart.selectAll("*").remove();
  chart.append("title").attr("id", `${svg.id}-title`).text(title);
  chart.append("desc").attr("id", `${svg.id}-desc`).text(description);
  return chart
    .attr("aria-labelledby", `${svg.id}-title`)
    .attr("aria-describedby", `${svg.id}-desc`);
}

export function xAxis(
  chart: Chart,
  { width, height, left, right, bottom }: Frame,
  scale: Scale,
  label: string,
): void {
  place(
    chart,
    axisBottom(scale)
      .ticks(width < 420 ? 4 : 7)
      .tickSizeOuter(0),
    0,
    height - bottom,
  );
  chart
    .append("text")
    .attr("class", "label")
    .attr("x", (left + width - right) / 2)
    .attr("y", height - 4)
    .attr("text-anchor", "middle")
    .text(label);
}

export function yAxis(
  chart: Chart,
  { left }: Frame,
  scale: Scale,
  format: (value: number) => string,
  ticks = 5,
): void {
  place(
    chart,
    axisLeft(scale)
      .ticks(ticks)
      .tickSizeOuter(0)
      .tickFormat((value) => format(Number(value))),
    left,
    0,
  );
}

function place(
  chart: Chart,
  axis: Axis<number | { valueOf(): number }>,
  x: number,
  y: number,
): void {
  chart.append("g").attr("class", "axis").attr("transform", `translate(${x},${y})`).call(axis);
}

/** The width that a chart has on the page, for text of one size at any. */
export function widthOf(svg: SVGSVGElement): number {
  return Math.max(240, Math.round(svg.parentElement!.clientWidth));
}
