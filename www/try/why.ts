/** All that stands behind a verdict: numbers, bars and the strip of scores. */
import { extent } from "d3-array";
import type { Info, Report } from "she-ood";
import { at } from "../shared/at";
import { pictureElement } from "../shared/canvas";
import { element, write } from "../shared/dom";
import { bar, offerLayers, type Range, rangeOf, showReport } from "../shared/report";
import { decimal, share } from "../shared/words";
import type { Company, ScoredSample } from "./loaded";
import { ScoreStrip } from "./score-strip";

const SIMILARITIES = {
  inner: "Inner product",
  dot: "Inner product",
  cosine: "Cosine",
  euclidean: "Negative distance",
  mahalanobis: "Negative Mahalanobis distance",
  "few-shot": "Distance and cosine",
};

/** What the bars span in each layer: similarities to any class, and to the nearest one. */
interface Ranges {
  any: Range[];
  nearest: Range[];
}

export class WhyView {
  readonly #strip = new ScoreStrip();
  #info: Info | undefined;
  /** None until the samples are scored. */
  #ranges: Ranges | undefined;
  #report: Report | undefined;
  /** What is done once it is opened. */
  #waiting: (() => void) | undefined;
  readonly #root = element<HTMLDetailsElement>("why");
  /** The picture that each pattern is most like, drawn once. */
  #portraits: HTMLElement[] = [];

  constructor() {
    this.#root.ontoggle = () => this.#catchUp();
  }

  /** Does something now if it is open, or once it is; only the last of what waits. */
  whenOpen(act: () => void): void {
    this.#waiting = act;
    this.#catchUp();
  }

  #catchUp(): void {
    if (!this.#root.open) return;
    const act = this.#waiting;
    this.#waiting = undefined;
    act?.();
  }

  /** Says what stays the same from report to report. */
  prepare(info: Info): void {
    this.#info = info;
    this.#ranges = this.#report = undefined;
    this.#portraits = [];
    element("by-layer").replaceChildren();
    this.#strip.empty();
    describe(info);
    offerLayers(info, () => this.#report && this.show(this.#report));
  }

  /** Draws what reports are compared with. */
  compare({ samples, calibration }: Company): void {
    if (!this.#info) return;
    this.#ranges = rangesOf(this.#info, samples);
    this.#strip.draw(this.#info.threshold, samples, calibration);
  }

  show(report: Report): void {
    const [info, ranges] = [this.#info, this.#ranges];
    if (!info) return;
    this.#report = report;
    showReport(report, info, ranges?.any);
    write("joined", partsOf(report, info));
    write("model-time", milliseconds(report.timings.model));
    write("she-time", milliseconds(report.timings.she));
    if (!ranges) return;
    element("by-layer").replaceChildren(...layerBars(report, info, ranges.nearest));
    this.#strip.mark(report);
    this.#addPortraits();
  }

  /** Takes the picture that each pattern is most like, to be shown beside its similarity. */
  setPortraits(portraits: ImageData[]): void {
    this.#portraits = portraits.map((picture) =>
      Object.assign(pictureElement(picture), { className: "portrait" }),
    );
  }

  #addPortraits(): void {
    const labels = element("similarities").querySelectorAll("span");
    this.#portraits.forEach((portrait, row) => {
      labels[row]?.prepend(portrait, " ");
    });
  }
}

/** What the bars of each layer span, over the samples. */
function rangesOf(info: Info, samples: ScoredSample[]): Ranges {
  const similarities = info.layers.map((_, layer) =>
    samples.map(({ report }) => at(report.layers, layer).similarities),
  );
  return {
    any: similarities.map((each) => rangeOf(each.flat())),
    nearest: similarities.map((each) => {
      const [low = 0, high = 0] = extent(each, (one) => Math.max(...one));
      return [low, high];
    }),
  };
}

function describe({ labels, layers, idPassRate, similarity }: Info): void {
  write("class-count", `${labels.length}`);
  element("by-layer-figure").hidden = layers.length === 1;
  write("flagged-rate", share(1 - idPassRate, 1));
  const name = typeof similarity === "string" ? SIMILARITIES[similarity] : "Hopfield energy";
  write("similarity-kind", name);
}

/** What the score is made of. */
function partsOf({ parts }: Report, { layers, aggregator }: Info): string {
  const mean =
    aggregator.kind === "std" ? `the mean of ${layers.length} layers, each over its deviation` : "";
  if (!parts) return mean && `It is ${mean}.`;
  const features = mean ? `features (${mean})` : "features";
  return `${decimal(parts.she)} is from ${features}, ${decimal(parts.energy)} from the energy.`;
}

/** A bar for the nearest class of each layer. */
function layerBars({ layers }: Report, { classes, labels }: Info, ranges: Range[]): HTMLElement[] {
  return layers.flatMap(({ name, similarities }, layer) => {
    const most = Math.max(...similarities);
    const nearest = at(labels, at(classes, similarities.indexOf(most)));
    return bar(name, most, at(ranges, layer), `${decimal(most)} ${nearest}`);
  });
}

/** Browsers round their clocks to a tenth of a millisecond or more. */
function milliseconds(value: number): string {
  return value < 0.1 ? "< 0.1 ms" : `${value.toFixed(1)} ms`;
}
