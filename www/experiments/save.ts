/** Results as files. */
import { type Decision } from "./decision";
import type { Figures } from "./figures";
import type { Outcome } from "./run";
import { type Sample } from "./sample";

const HEAD = "source,index,side,label,predicted,she,he,msp,max_logit,energy";

export function csv(samples: readonly Sample[]): string {
  const rows = samples.map(
    ({ side, source, index, label, predicted, scores: { she, he, msp, maxLogit, energy } }) =>
      [plain(source), index, side, label, predicted, she, he, msp, maxLogit, energy].join(","),
  );
  return [HEAD, ...rows, ""].join("\n");
}

/** In letters that every program reads. */
function plain(source: string): string {
  return source.replaceAll("–", "-");
}

export function json(
  { settings, info, samples }: Outcome,
  figures: Figures,
  threshold: number,
  decision: Decision,
): string {
  const {
    layers,
    similarity,
    compareWith,
    aggregator,
    threshold: ownThreshold,
    calibrationSize,
  } = info;
  const detector = {
    layers,
    similarity,
    compareWith,
    aggregator,
    threshold: ownThreshold,
    calibrationSize,
  };
  // Curves are left out, as the scores themselves can be had.
  const rows = Object.entries(figures).map(([name, { roc, ...figures }]) => [name, figures]);
  const counts = {
    id: samples.filter(({ side }) => side === "id").length,
    ood: samples.filter(({ side }) => side === "ood").length,
  };
  return `${JSON.stringify({ settings, detector, counts, figures: Object.fromEntries(rows), threshold, decision }, null, 2)}\n`;
}

/** What a chart's looks come of, which a file of its own has no style sheet for. */
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

export function svgFile(chart: SVGSVGElement): Blob {
  const copy = chart.cloneNode(true) as SVGSVGElement;
  const { width, height } = chart.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", `${width}`);
  copy.setAttribute("height", `${height}`);
  const [from, to] = [chart, copy].map((svg) => svg.querySelectorAll<SVGElement>("*"));
  from!.forEach((element, i) => freeze(element, to![i]!));
  copy.prepend(paper(width, height));
  return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
}

function freeze(element: SVGElement, copy: SVGElement): void {
  const style = getComputedStyle(element);
  if (element instanceof SVGGraphicsElement)
    for (const look of LOOKS) copy.setAttribute(look, style.getPropertyValue(look));
  copy.removeAttribute("class");
}

function paper(width: number, height: number): SVGElement {
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  const fill = getComputedStyle(document.documentElement).getPropertyValue("--card");
  for (const [name, value] of Object.entries({ width, height, fill }))
    paper.setAttribute(name, `${value}`);
  return paper;
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
    canvas.getContext("2d")!.drawImage(image, 0, 0, width, height);
    return await new Promise((resolve, reject) =>
      canvas.toBlob((blob) =>
        blob ? resolve(blob) : reject(new Error("no picture could be made of the chart")),
      ),
    );
  } finally {
    URL.revokeObjectURL(url);
  }
}

export function save(content: string | Blob, name: string): void {
  const url = URL.createObjectURL(new Blob([content]));
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
