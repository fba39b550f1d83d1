/** The result of a run: charts, figures, and a threshold to drag. */
import { element, write } from "../shared/dom";
import type { Scale } from "../shared/svg";
import { count, decimal, percent } from "../shared/words";
import { type Decision, decide, thresholdAt } from "./decision";
import { EXPERIMENTS } from "./experiment";
import { type Figures, listFigures, showFigures } from "./figures";
import { domainOf, drawHistogram, type Shown } from "./histogram";
import { drawRoc } from "./roc";
import type { Outcome } from "./run";
import { column, SCORES, type ScoreName } from "./sample";
import { offerFiles, type Saved } from "./save";

/** The fraction of ID that passes at first, for scores without a threshold of their own. */
const PASS_RATE = 0.95;
/** Places of the slider. */
const STEPS = 500;
const COUNTS = ["truePositives", "falsePositives", "trueNegatives", "falseNegatives"] as const;

/** A run that has ended. */
interface Ended {
  outcome: Outcome;
  figures: Figures;
}

export class Result {
  readonly #histogram = element<SVGSVGElement>("histogram");
  readonly #roc = element<SVGSVGElement>("roc");
  readonly #slider = element<HTMLInputElement>("slider");
  #ended: Ended | undefined;
  #score: ScoreName = "she";
  #shown: Shown | undefined;
  /** Where the threshold of each score has been moved to. */
  #moved: Partial<Record<ScoreName, number>> = {};
  #x: Scale | undefined;

  constructor() {
    this.#slider.oninput = () => this.#move(Number(this.#slider.value));
    element("reset").onclick = () => {
      delete this.#moved[this.#score];
      this.choose(this.#score);
    };
    this.#histogram.onpointerdown = (event) => this.#drag(event);
    this.#histogram.onpointermove = (event) => {
      if (this.#histogram.hasPointerCapture(event.pointerId)) this.#drag(event);
    };
    new ResizeObserver(() => this.#draw()).observe(element("live"));
    offerFiles([this.#histogram, this.#roc], () => this.#saved());
  }

  /** Hides what an earlier run has left. */
  clear(): void {
    this.#ended = this.#shown = undefined;
    element("without-he").hidden = true;
    for (const id of ["live", "outcome", "controls"]) element(id).hidden = true;
  }

  /** Shows the histogram of a run that goes on. */
  watch(shown: Shown): void {
    this.#shown = shown;
    element("live").hidden = false;
    this.#draw();
  }

  show(outcome: Outcome, figures: Figures, score: ScoreName): void {
    this.#ended = { outcome, figures };
    this.#moved = {};
    for (const id of ["live", "outcome", "controls"]) element(id).hidden = false;
    element<HTMLInputElement>("score-he").disabled = !figures.he;
    element("without-he").hidden = figures.he !== undefined;
    showFigures(element("figures"), figures);
    this.choose(score);
  }

  /**
   * Switches to another score and its threshold, last used or initial. Falls back to SHE if the run
   * left the score out.
   */
  choose(wanted: ScoreName): void {
    const score = this.#ended && !this.#ended.figures[wanted] ? "she" : wanted;
    this.#score = score;
    element<HTMLInputElement>(`score-${score}`).checked = true;
    if (!this.#ended) return;
    const { samples, info, settings } = this.#ended.outcome;
    const [id, ood] = [column(samples, "id", score), column(samples, "ood", score)];
    const experiment = EXPERIMENTS[settings.experiment];
    const names = { id: experiment.id.name, ood: experiment.ood.name };
    const first = score === "she" ? info.threshold : thresholdAt(id, PASS_RATE);
    this.#shown = {
      score: SCORES[score],
      id,
      ood,
      names,
      threshold: this.#moved[score] ?? first,
    };
    write("threshold-origin", originOf(score));
    this.#fitSlider(this.#shown);
    this.#draw();
  }

  #fitSlider(shown: Shown): void {
    const [low, high] = domainOf(shown);
    Object.assign(this.#slider, { min: `${low}`, max: `${high}`, step: `${(high - low) / STEPS}` });
    this.#slider.value = `${shown.threshold}`;
  }

  #drag(event: PointerEvent): void {
    if (!this.#ended || !this.#x || event.button > 0) return;
    if (event.type === "pointerdown") this.#histogram.setPointerCapture(event.pointerId);
    const { left, width } = this.#histogram.getBoundingClientRect();
    const place = ((event.clientX - left) / width) * this.#histogram.viewBox.baseVal.width;
    const [low, high] = [Number(this.#slider.min), Number(this.#slider.max)];
    const threshold = Math.min(high, Math.max(low, this.#x.invert(place)));
    this.#move(threshold);
    this.#slider.value = `${threshold}`;
  }

  #move(threshold: number): void {
    if (!this.#shown) return;
    this.#moved[this.#score] = threshold;
    this.#shown = { ...this.#shown, threshold };
    this.#draw();
  }

  #draw(): void {
    if (!this.#shown) return;
    this.#x = drawHistogram(this.#histogram, this.#shown);
    if (!this.#ended) return;
    const { id, ood, threshold } = this.#shown;
    const decision = decide(id, ood, threshold);
    writeDecision(decision, threshold, this.#slider);
    this.#drawRoc(this.#ended.figures, decision);
  }

  #drawRoc(figures: Figures, decision: Decision): void {
    const curves = listFigures(figures).map(([score, { roc }]) => ({
      score,
      name: SCORES[score],
      ...roc,
    }));
    drawRoc(this.#roc, curves, this.#score, decision);
  }

  #saved(): Saved | undefined {
    if (!this.#ended || !this.#shown) return undefined;
    const { id, ood, threshold } = this.#shown;
    const settings = { ...this.#ended.outcome.settings, score: this.#score };
    const outcome = { ...this.#ended.outcome, settings };
    return {
      outcome,
      figures: this.#ended.figures,
      threshold,
      decision: decide(id, ood, threshold),
    };
  }
}

function originOf(score: ScoreName): string {
  return score === "she"
    ? "It starts at the detector's own threshold."
    : `It starts where ${percent(PASS_RATE)} of ID pass.`;
}

function writeDecision(decision: Decision, threshold: number, slider: HTMLInputElement): void {
  const { fpr, tpr, precision, accuracy } = decision;
  write("threshold", decimal(threshold));
  write("fpr", percent(fpr));
  write("tpr", percent(tpr));
  write("precision", precision === null ? "–" : percent(precision));
  write("accuracy", percent(accuracy));
  for (const name of COUNTS) write(name, count(decision[name]));
  slider.ariaValueText = `${decimal(threshold)}: FPR ${percent(fpr)}, TPR ${percent(tpr)}`;
}
