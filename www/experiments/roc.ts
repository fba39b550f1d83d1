/** ROC curves, and where on one of them a threshold is. */
import { scaleLinear } from "d3-scale";
import { at } from "../shared/at";
import { line, type Point, type Scale, shape, xAxis, yAxis } from "../shared/svg";
import { percent } from "../shared/words";
import { axisLabel, drawChart, type Frame, widthOf } from "./chart";
import type { Decision } from "./decision";
import { SCORES, type ScoreName } from "./sample";

const MARGINS = { left: 42, right: 14, top: 24, bottom: 40 };
/** Wider, the curve's corner would be no clearer. */
const WIDEST = 440;

export interface Curve {
  score: ScoreName;
  name: string;
  fpr: Float64Array;
  tpr: Float64Array;
}

/** Draws the ROC curves, the chosen score's in front; each has its own dashes. */
export function drawRoc(
  svg: SVGSVGElement,
  curves: Curve[],
  chosen: ScoreName,
  { fpr, tpr }: Decision,
): void {
  const width = Math.min(WIDEST, widthOf(svg));
  const frame: Frame = { width, height: width, ...MARGINS };
  const x = scaleLinear([0, 1], [frame.left, width - frame.right]);
  const y = scaleLinear([0, 1], [frame.height - frame.bottom, frame.top]);
  const others = curves.filter(({ score }) => score !== chosen);
  const names = others.map(({ name }) => name).join(", ");
  const description =
    `At the threshold, FPR ${percent(fpr)} and TPR ${percent(tpr)}. ` +
    `Behind it, the curves of ${names}.`;
  const chance: Point[] = [
    [x(0), y(0)],
    [x(1), y(1)],
  ];
  drawChart(svg, frame, `ROC curve of ${SCORES[chosen]}`, description, [
    line({ class: "chance" }, chance),
    ...others.map((other) => drawCurve("other", other, x, y)),
    ...curves
      .filter(({ score }) => score === chosen)
      .map((front) => drawCurve("front", front, x, y)),
    ...drawKey(curves, chosen, frame),
    shape("circle", { class: "point", cx: x(fpr), cy: y(tpr), r: 6 }),
    xAxis(x, { ticks: width < 420 ? 4 : 7, offset: frame.height - frame.bottom }),
    axisLabel(frame, "FPR: ID flagged"),
    yAxis(y, { ticks: 5, offset: frame.left, format: (value) => value.toFixed(1) }),
    shape("text", { class: "label", x: 4, y: 12 }, "TPR: OOD flagged"),
  ]);
}

function drawCurve(className: string, { score, fpr, tpr }: Curve, x: Scale, y: Scale): SVGElement {
  const points = Array.from(fpr, (value, i): Point => [x(value), y(at(tpr, i))]);
  return line({ class: `${className} ${score}` }, points);
}

/** Names the curves in the empty corner. */
function drawKey(curves: Curve[], chosen: ScoreName, { width, height, right, bottom }: Frame) {
  const [left, end] = [width - right - 112, height - bottom - 12];
  return curves.flatMap(({ score, name }, i) => {
    const y = end - 18 * (curves.length - 1 - i);
    const className = `${score === chosen ? "front" : "other"} ${score}`;
    const ends: Point[] = [
      [left, y - 4],
      [left + 30, y - 4],
    ];
    return [
      line({ class: className }, ends),
      shape("text", { class: "label", x: left + 38, y }, name),
    ];
  });
}
