/**
 * Scores of both sides over one axis: ID upwards, OOD downwards, so that neither hides the other.
 */
import { bin, extent, max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { type Chart, type Frame, type Scale, begin, widthOf, xAxis, yAxis } from "./chart";
import { count, decimal } from "../shared/words";

const BINS = 48;
/** The least height of a side, as a share of the other's. */
const LEAST = 0.6;
const ROOM = 1.22;
const MARGINS = { left: 42, right: 14, top: 20, bottom: 40 };

export interface Shown {
  score: string;
  id: number[];
  ood: number[];
  names: { id: string; ood: string };
  threshold: number;
}

/** The lowest and highest of scores and threshold, a little apart. */
export function domainOf({
  id,
  ood,
  threshold,
}: Pick<Shown, "id" | "ood" | "threshold">): [number, number] {
  const [low, high] = extent([...id, ...ood, threshold]) as [number, number];
  const margin = (high - low) * 0.02 || 0.5;
  return [low - margin, high + margin];
}

/** Draws the scores and gives the scale of the axis, by which a threshold is dragged. */
export function drawHistogram(svg: SVGSVGElement, shown: Shown): Scale {
  const width = widthOf(svg);
  const frame: Frame = { width, height: width < 420 ? 310 : 360, ...MARGINS };
  const x = scaleLinear(domainOf(shown), [frame.left, width - frame.right]);
  const chart = begin(
    svg,
    frame,
    `Histogram of ${shown.score} scores, ID and OOD`,
    description(shown),
  );
  wash(chart, frame, x(shown.threshold));
  bars(chart, frame, x, shown);
  xAxis(
    chart,
    frame,
    x,
    `${shown.score} score (higher = ${width < 340 ? "OOD" : "more out-of-distribution"})`,
  );
  line(chart, frame, x(shown.threshold));
  return x;
}

function description({ id, ood, names, threshold }: Shown): string {
  const range = (scores: number[]) =>
    scores.length
      ? extent(scores)
          .map((score) => decimal(score!))
          .join(" to ")
      : "none yet";
  return `${count(id.length)} scores of ${names.id}: ${range(id)}. ${count(ood.length)} of ${names.ood}: ${range(ood)}. Threshold ${decimal(threshold)}.`;
}

/** What lies beyond the threshold is flagged. */
function wash(chart: Chart, { width, height, left, right, top, bottom }: Frame, at: number): void {
  const part = (name: string, from: number, to: number) =>
    chart
      .append("rect")
      .attr("class", name)
      .attr("x", from)
      .attr("width", Math.max(0, to - from))
      .attr("y", top)
      .attr("height", height - top - bottom);
  part("within", left, at);
  part("beyond", at, width - right);
}

function bars(chart: Chart, frame: Frame, x: Scale, { id, ood, names }: Shown): void {
  const domain = x.domain() as [number, number];
  const edges = Array.from(
    { length: BINS - 1 },
    (_, i) => domain[0] + ((i + 1) * (domain[1] - domain[0])) / BINS,
  );
  const binned = bin().domain(domain).thresholds(edges);
  const sides = { id: binned(id), ood: binned(ood) };
  const y = scaleLinear(heights(sides.id, sides.ood), [frame.height - frame.bottom, frame.top]);
  for (const [name, sign] of [
    ["id", 1],
    ["ood", -1],
  ] as const) {
    for (const { x0, x1, length } of sides[name]) {
      if (length > 0) bar(chart, name, [x(x0!), x(x1!)], [y(sign * length), y(0)]);
    }
  }
  chart
    .append("line")
    .attr("class", "base")
    .attr("x1", frame.left)
    .attr("x2", frame.width - frame.right)
    .attr("y1", y(0))
    .attr("y2", y(0));
  yAxis(chart, frame, y, (value) => count(Math.abs(value)));
  legend(chart, frame, names);
}

/**
 * From the most OOD in a bin, counted below zero, to the most ID, with room for a line of text at
 * both ends.
 */
function heights(id: { length: number }[], ood: { length: number }[]): [number, number] {
  const [up, down] = [id, ood].map((bins) => max(bins, ({ length }) => length) || 1) as [
    number,
    number,
  ];
  return [-ROOM * Math.max(down, LEAST * up), ROOM * Math.max(up, LEAST * down)];
}

function bar(
  chart: Chart,
  name: string,
  [x0, x1]: [number, number],
  [y0, y1]: [number, number],
): void {
  const box = chart
    .append("rect")
    .attr("class", name)
    .attr("x", x0 + 0.5)
    .attr("width", Math.max(1, x1 - x0 - 1));
  box.attr("y", Math.min(y0, y1)).attr("height", Math.max(1, Math.abs(y1 - y0)));
}

function legend(
  chart: Chart,
  { width, height, right, top, bottom }: Frame,
  names: Shown["names"],
): void {
  const text = (name: string, y: number, words: string) =>
    chart
      .append("text")
      .attr("class", `side ${name}`)
      .attr("x", width - right - 6)
      .attr("y", y)
      .attr("text-anchor", "end")
      .text(words);
  text("id", top + 16, `ID: ${names.id} ↑`);
  text("ood", height - bottom - 8, `OOD: ${names.ood} ↓`);
}

function line(chart: Chart, { width, height, top, bottom }: Frame, at: number): void {
  chart
    .append("line")
    .attr("class", "threshold")
    .attr("x1", at)
    .attr("x2", at)
    .attr("y1", top - 4)
    .attr("y2", height - bottom);
  const anchor = at < 80 ? "start" : at > width - 80 ? "end" : "middle";
  chart
    .append("text")
    .attr("class", "label")
    .attr("x", at)
    .attr("y", top - 8)
    .attr("text-anchor", anchor)
    .text("threshold");
}
