/** ROC curves, and where on one of them a threshold is. */
import { scaleLinear } from "d3-scale";
import { line } from "d3-shape";
import { type Chart, type Frame, type Scale, begin, widthOf, xAxis, yAxis } from "./chart";
import type { Decision } from "./decision";
import { percent } from "../shared/words";

const MARGINS = { left: 42, right: 14, top: 24, bottom: 40 };
/** Wider, the curve's corner would be no clearer. */
const WIDEST = 440;

export interface Curve {
  name: string;
  fpr: Float64Array;
  tpr: Float64Array;
}

/** Draws the curve of one score in front of the others. */
export function drawRoc(
  svg: SVGSVGElement,
  front: Curve,
  others: Curve[],
  { fpr, tpr }: Decision,
): void {
  const width = Math.min(WIDEST, widthOf(svg));
  const frame: Frame = { width, height: width, ...MARGINS };
  const [x, y] = [
    scaleLinear([0, 1], [frame.left, width - frame.right]),
    scaleLinear([0, 1], [frame.height - frame.bottom, frame.top]),
  ];
  const at = `At the threshold, FPR ${percent(fpr)} and TPR ${percent(tpr)}.`;
  const chart = begin(
    svg,
    frame,
    `ROC curve of ${front.name}`,
    `${at} Behind it, the curves of ${others.map(({ name }) => name).join(", ")}.`,
  );
  chart
    .append("path")
    .attr("class", "chance")
    .attr(
      "d",
      line()([
        [x(0), y(0)],
        [x(1), y(1)],
      ]),
    );
  for (const other of others) path(chart, "other", other, x, y);
  path(chart, "front", front, x, y);
  chart.append("circle").attr("class", "point").attr("cx", x(fpr)).attr("cy", y(tpr)).attr("r", 6);
  xAxis(chart, frame, x, "FPR: ID flagged");
  yAxis(chart, frame, y, (value) => value.toFixed(1));
  chart.append("text").attr("class", "label").attr("x", 4).attr("y", 12).text("TPR: OOD flagged");
}

function path(chart: Chart, name: string, { fpr, tpr }: Curve, x: Scale, y: Scale): void {
  const points = Array.from(fpr, (value, i): [number, number] => [x(value), y(tpr[i]!)]);
  chart.append("path").attr("class", name).attr("d", line()(points));
}
