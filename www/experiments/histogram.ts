/** Scores of both sides on one axis: ID upwards, OOD downwards, so that neither hides the other. */
import { type Bin, bin, extent, max } from "d3-array";
import { scaleLinear } from "d3-scale";
import { type Scale, shape, xAxis, yAxis } from "../shared/svg";
import { count, decimal } from "../shared/words";
import { axisLabel, drawChart, type Frame, widthOf } from "./chart";

const BINS = 48;
/** The least height of a side, as a fraction of the other's. */
const LEAST = 0.6;
/** Leaves room for a line of text at both ends. */
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
}: Pick<Shown, "id" | "ood" | "threshold">): [low: number, high: number] {
  const [low = 0, high = 0] = extent([...id, ...ood, threshold]);
  const margin = (high - low) * 0.02 || 0.5;
  return [low - margin, high + margin];
}

/** Draws the scores; returns the scale of their axis, on which a threshold can be dragged. */
export function drawHistogram(svg: SVGSVGElement, shown: Shown): Scale {
  const width = widthOf(svg);
  const frame: Frame = { width, height: width < 420 ? 310 : 360, ...MARGINS };
  const x = scaleLinear(domainOf(shown), [frame.left, width - frame.right]);
  const title = `Histogram of ${shown.score} scores, ID and OOD`;
  const higher = width < 340 ? "OOD" : "more out-of-distribution";
  drawChart(svg, frame, title, describe(shown), [
    hatch(),
    ...drawSides(frame, x(shown.threshold)),
    ...drawScores(frame, x, shown),
    xAxis(x, { ticks: width < 420 ? 4 : 7, offset: frame.height - frame.bottom }),
    axisLabel(frame, `${shown.score} score (higher = ${higher})`),
    ...drawThreshold(frame, x(shown.threshold)),
  ]);
  return x;
}

function describe({ id, ood, names, threshold }: Shown): string {
  const [known, unknown] = [`${count(id.length)} scores of ${names.id}`, count(ood.length)];
  return (
    `${known}: ${rangeInWords(id)}. ${unknown} of ${names.ood}: ${rangeInWords(ood)}. ` +
    `Threshold ${decimal(threshold)}.`
  );
}

function rangeInWords(scores: number[]): string {
  const [low, high] = extent(scores);
  return low === undefined ? "none yet" : `${decimal(low)} to ${decimal(high)}`;
}

/** Washes of colour: scores beyond the threshold are flagged. */
function drawSides(
  { width, height, left, right, top, bottom }: Frame,
  threshold: number,
): SVGElement[] {
  const wash = (name: string, from: number, to: number) => {
    const size = { width: Math.max(0, to - from), height: height - top - bottom };
    return shape("rect", { class: name, x: from, y: top, ...size });
  };
  return [wash("within", left, threshold), wash("beyond", threshold, width - right)];
}

/** Stripes for the strangers' bars, which tell them apart without colour. */
function hatch(): SVGElement {
  const size = { width: 5, height: 5 };
  return shape(
    "pattern",
    { id: "hatch", ...size, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    shape("rect", { class: "ground", ...size }),
    shape("rect", { class: "stripe", width: 2, height: 5 }),
  );
}

type Bins = Bin<number, number>[];

function drawScores(frame: Frame, x: Scale, { id, ood, names }: Shown): SVGElement[] {
  const [low, high] = domainOfScale(x);
  const edges = Array.from({ length: BINS - 1 }, (_, i) => low + ((i + 1) * (high - low)) / BINS);
  const split = bin().domain([low, high]).thresholds(edges);
  const [known, unknown] = [split(id), split(ood)];
  const y = scaleLinear(heights(known, unknown), [frame.height - frame.bottom, frame.top]);
  const ends = { x1: frame.left, x2: frame.width - frame.right };
  return [
    ...drawBars("id", known, x, (length) => [y(length), y(0)]),
    ...drawBars("ood", unknown, x, (length) => [y(0), y(-length)]),
    shape("line", { class: "base", ...ends, y1: y(0), y2: y(0) }),
    yAxis(y, { ticks: 5, offset: frame.left, format: (value) => count(Math.abs(value)) }),
    ...drawLegend(frame, names),
  ];
}

function domainOfScale(x: Scale): [number, number] {
  const [low = 0, high = 0] = x.domain();
  return [low, high];
}

/** From the most OOD in a bin, counted below zero, to the most ID. */
function heights(id: Bins, ood: Bins): [number, number] {
  const [up, down] = [largest(id), largest(ood)];
  return [-ROOM * Math.max(down, LEAST * up), ROOM * Math.max(up, LEAST * down)];
}

function largest(bins: Bins): number {
  return max(bins, ({ length }) => length) || 1;
}

/** A bar for each bin that holds scores; `ends` has its top and bottom for a number of them. */
function drawBars(
  name: string,
  bins: Bins,
  x: Scale,
  ends: (length: number) => [top: number, bottom: number],
): SVGElement[] {
  return bins
    .filter(({ length }) => length > 0)
    .map(({ length, x0 = 0, x1 = 0 }) => {
      const [top, bottom] = ends(length);
      const width = Math.max(1, x(x1) - x(x0) - 1);
      const height = Math.max(1, bottom - top);
      return shape("rect", { class: name, x: x(x0) + 0.5, width, y: top, height });
    });
}

function drawLegend({ height, left, top, bottom }: Frame, names: Shown["names"]): SVGElement[] {
  const x = left + 6;
  return [
    shape("text", { class: "side id", x, y: top + 16 }, `↑ Known: ${names.id}`),
    shape("text", { class: "side ood", x, y: height - bottom - 8 }, `↓ Strangers: ${names.ood}`),
  ];
}

function drawThreshold({ width, height, top, bottom }: Frame, x: number): SVGElement[] {
  const anchor = x < 80 ? "start" : x > width - 80 ? "end" : "middle";
  return [
    shape("line", { class: "threshold", x1: x, x2: x, y1: top - 4, y2: height - bottom }),
    shape("text", { class: "label", x, y: top - 8, "text-anchor": anchor }, "threshold"),
  ];
}
