/** ROC curves, and where on one of them a threshold is. */
import { scaleLinear } from "d3-scale";
import { at } from "../shared/at";
import { line, type Point, type Scale, shape, xAxis, yAxis } from "../shared/svg";
import { percent } from "../shared/words";
import { axisLabel, drawChart, type Frame, widthOf } from "./chart";
import type { Decision } from "./decision";

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
  const x = scaleLinear([0, 1], [frame.left, width - frame.right]);
  const y = scaleLinear([0, 1], [frame.height - frame.bottom, frame.top]);
  const names = others.map(({ name }) => name).join(", ");
  const description =
    `At the threshold, FPR ${percent(fpr)} and TPR ${percent(tpr)}. ` +
    `Behind it, the curves of ${names}.`;
  const chance: Point[] = [
    [x(0), y(0)],
    [x(1), y(1)],
  ];
  drawChart(svg, frame, `ROC curve of ${front.name}`, description, [
    line({ class: "chance" }, chance),
    ...others.map((other) => drawCurve("other", other, x, y)),
    drawCurve("front", front, x, y),
    shape("circle", { class: "point", cx: x(fpr), cy: y(tpr), r: 6 }),
    xAxis(x, { ticks: width < 420 ? 4 : 7, offset: frame.height - frame.bottom }),
    axisLabel(frame, "FPR: ID flagged"),
    yAxis(y, { ticks: 5, offset: frame.left, format: (value) => value.toFixed(1) }),
    shape("text", { class: "label", x: 4, y: 12 }, "TPR: OOD flagged"),
  ]);
}

function drawCurve(className: string, { fpr, tpr }: Curve, x: Scale, y: Scale): SVGElement {
  const points = Array.from(fpr, (value, i): Point => [x(value), y(at(tpr, i))]);
  return line({ class: className }, points);
}
