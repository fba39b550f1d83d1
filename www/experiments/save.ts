/** Saves results as files. */
import { complain, element } from "../shared/dom";
import { pngFile, svgFile } from "./chart-file";
import type { Decision } from "./decision";
import type { Figures } from "./figures";
import type { Outcome } from "./run";
import type { Sample } from "./sample";

/** A run, and the decision at the threshold that is shown. */
export interface Saved {
  outcome: Outcome;
  figures: Figures;
  threshold: number;
  decision: Decision;
}

/** Lets the buttons of the page save what `take` gives, and these charts. */
export function offerFiles(charts: SVGSVGElement[], take: () => Saved | undefined): void {
  const offer = (id: string, make: (saved: Saved) => Content | Promise<Content>, name: string) => {
    element(id).onclick = () => {
      const saved = take();
      if (saved) void download(() => make(saved), `${prefixOf(saved)}-${name}`);
    };
  };
  offer("save-csv", ({ outcome }) => csv(outcome.samples), "scores.csv");
  offer("save-json", json, "figures.json");
  for (const chart of charts) {
    offer(`${chart.id}-svg`, () => svgFile(chart), `${chart.id}.svg`);
    offer(`${chart.id}-png`, () => pngFile(chart), `${chart.id}.png`);
  }
}

type Content = string | Blob;

function prefixOf({ outcome }: Saved): string {
  return `she-ood-${outcome.settings.experiment}`;
}

async function download(make: () => Content | Promise<Content>, name: string): Promise<void> {
  complain("run-error");
  try {
    const url = URL.createObjectURL(new Blob([await make()]));
    Object.assign(document.createElement("a"), { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    complain("run-error", error);
  }
}

const HEAD = "source,index,side,label,predicted,she,he,msp,max_logit,energy";

/** Writes a row for each sample. */
function csv(samples: readonly Sample[]): string {
  const rows = samples.map(
    ({ side, source, index, label, predicted, scores: { she, he, msp, maxLogit, energy } }) =>
      [
        withHyphens(source),
        index,
        side,
        label,
        predicted,
        she,
        he ?? "",
        msp,
        maxLogit,
        energy,
      ].join(","),
  );
  return [HEAD, ...rows, ""].join("\n");
}

/** Spreadsheets differ in how they read other letters than ASCII. */
function withHyphens(source: string): string {
  return source.replaceAll("–", "-");
}

/** Writes settings, figures, and the decision at the threshold. */
function json({ outcome, figures, threshold, decision }: Saved): string {
  const { settings, info, samples } = outcome;
  const { layers, similarity, compareWith, aggregator, calibrationSize } = info;
  const detector = {
    layers,
    similarity,
    compareWith,
    aggregator,
    threshold: info.threshold,
    calibrationSize,
  };
  // Without the curves, which the scores give.
  const rows = Object.entries(figures).map(([name, { roc, ...figures }]) => [name, figures]);
  const counts = {
    id: samples.filter(({ side }) => side === "id").length,
    ood: samples.filter(({ side }) => side === "ood").length,
  };
  const results = { counts, figures: Object.fromEntries(rows), threshold, decision };
  return `${JSON.stringify({ settings, detector, ...results }, null, 2)}\n`;
}
