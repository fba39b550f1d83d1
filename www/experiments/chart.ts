/** The charts' common parts: size, title, description, and the label of the x axis. */
import { shape } from "../shared/svg";

/** A chart's size and the margins of its plot. */
export interface Frame {
  width: number;
  height: number;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** Draws a chart in place of what the element held, with words for those who cannot see it. */
export function drawChart(
  svg: SVGSVGElement,
  { width, height }: Frame,
  title: string,
  description: string,
  shapes: SVGElement[],
): void {
  const [titleId, descriptionId] = [`${svg.id}-title`, `${svg.id}-desc`];
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-labelledby", titleId);
  svg.setAttribute("aria-describedby", descriptionId);
  svg.replaceChildren(
    shape("title", { id: titleId }, title),
    shape("desc", { id: descriptionId }, description),
    ...shapes,
  );
}

/** Writes the label of the x axis, under the middle of the plot. */
export function axisLabel({ width, height, left, right }: Frame, text: string): SVGElement {
  const x = (left + width - right) / 2;
  return shape("text", { class: "label", x, y: height - 4, "text-anchor": "middle" }, text);
}

/** The width that a chart has on the page, so that its text is as large as the page's. */
export function widthOf(svg: SVGSVGElement): number {
  return Math.max(240, Math.round(svg.parentElement?.clientWidth ?? 0));
}
