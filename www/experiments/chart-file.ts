/** Charts as files. */
import { at } from "../shared/at";
import { contextOf } from "../shared/canvas";
import { shape } from "../shared/svg";

/** Written into a chart's file, which has no style sheet. */
const LOOKS = [
  "fill",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "opacity",
  "font-family",
  "font-size",
  "font-weight",
  "text-anchor",
];

/** Makes a file of a chart, which looks as it does on the page. */
export function svgFile(chart: SVGSVGElement): Blob {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const { width, height } = chart.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", `${width}`);
  copy.setAttribute("height", `${height}`);
  const copies = copy.querySelectorAll<SVGElement>("*");
  chart.querySelectorAll<SVGElement>("*").forEach((element, i) => {
    freeze(element, at(copies, i));
  });
  copy.prepend(paper(width, height));
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

/** Gives a copy the looks that the page's style sheet gives an element. */
function freeze(element: SVGElement, copy: SVGElement): void {
  const style = getComputedStyle(element);
  if (element instanceof SVGGraphicsElement)
    for (const look of LOOKS) copy.setAttribute(look, style.getPropertyValue(look));
  copy.removeAttribute("class");
}

function paper(width: number, height: number): SVGElement {
  const fill = getComputedStyle(document.documentElement).getPropertyValue("--card");
  return shape("rect", { width, height, fill });
}

/** Pixels for each of the chart's. */
const DENSITY = 2;

export async function pngFile(chart: SVGSVGElement): Promise<Blob> {
  const url = URL.createObjectURL(svgFile(chart));
  try {
    const image = Object.assign(new Image(), { src: url });
    await image.decode();
    const [width, height] = [DENSITY * image.width, DENSITY * image.height];
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    contextOf(canvas).drawImage(image, 0, 0, width, height);
    return await toBlob(canvas);
  } finally {
    URL.revokeObjectURL(url);
  }
}

function toBlob(canvas: HTMLCanvasElement): Promise<Blob> {
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) =>
      blob ? resolve(blob) : reject(new Error("The chart is too large for a picture.")),
    );
  });
}
