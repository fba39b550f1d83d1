/** The result of a run: charts, figures, and a threshold to drag. */
import { type Scale } from "./chart";
import { type Decision, decide, passing } from "./decision";
import { EXPERIMENTS } from "./experiment";
import { type Figures, showFigures } from "./figures";
import { type Shown, domainOf, drawHistogram } from "./histogram";
import { count, decimal, percent } from "../shared/words";
import { complain, element, write } from "../shared/dom";
import { drawRoc } from "./roc";
import type { Outcome } from "./run";
import { SCORES, type ScoreName, column } from "./sample";
import { csv, json, pngFile, save, svgFile } from "./save";

/** The share of ID that passes at first, for scores without a threshold of their own. */
const PASS_RATE = 0.95;
/** Places of the slider. */
const STEPS = 500;

export class Result {
  readonly #histogram = element<SVGSVGElement>("histogram");
  readonly #roc = element<SVGSVGElement>("roc");
  readonly #slider = element<HTMLInputElement>("slider");
  #outcome: Outcome | undefined;
  #figures: Figures | undefined;
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
    this.#histogram.onpointermove = (event) =>
      this.#histogram.hasPointerCapture(event.pointerId) && this.#drag(event);
    new ResizeObserver(() => this.#shown && this.#draw()).observe(this.#histogram.parentElement!);
    this.#offer();
  }

  /** Hides what an earlier run has left. */
  clear(): void {
    this.#outcome = this.#figures = this.#shown = undefined;
    element("live").hidden = element("outcome").hidden = element("controls").hidden = true;
  }

  /** The histogram of a run that goes on. */
  watch(shown: Shown): void {
    this.#shown = shown;
    element("live").hidden = false;
    this.#draw();
  }

  show(outcome: Outcome, figures: Figures, score: ScoreName): void {
    this.#outcome = outcome;
    this.#moved = {};
    this.#figures = figures;
    element("live").hidden = element("outcome").hidden = element("controls").hidden = false;
    showFigures(element<HTMLTableSectionElement>("figures"), figures);
    this.choose(score);
  }

  /** Turns to another score, with its threshold: where it was left, or its first. */
  choose(score: ScoreName): void {
    this.#score = score;
    if (!this.#outcome) return;
    const { samples, info, settings } = this.#outcome;
    const [id, ood] = [column(samples, "id", score), column(samples, "ood", score)];
    const { id: known, ood: unknown } = EXPERIMENTS[settings.experiment];
    const threshold =
      this.#moved[score] ?? (score === "she" ? info.threshold : passing(id, PASS_RATE));
    this.#shown = {
      score: SCORES[score],
      id,
      ood,
      names: { id: known.name, ood: unknown.name },
      threshold,
    };
    write(
      "threshold-origin",
      score === "she"
        ? "It starts at the detector's own threshold."
        : `It starts where ${percent(PASS_RATE)} of ID pass.`,
    );
    this.#fitSlider();
    this.#draw();
  }

  #fitSlider(): void {
    const [low, high] = domainOf(this.#shown!);
    Object.assign(this.#slider, { min: `${low}`, max: `${high}`, step: `${(high - low) / STEPS}` });
    this.#slider.value = `${this.#shown!.threshold}`;
  }

  #drag(event: PointerEvent): void {
    if (!this.#outcome || event.button > 0) return;
    if (event.type === "pointerdown") this.#histogram.setPointerCapture(event.pointerId);
    const { left, width } = this.#histogram.getBoundingClientRect();
    const at = ((event.clientX - left) / width) * this.#histogram.viewBox.baseVal.width;
    const [low, high] = [this.#slider.min, this.#slider.max].map(Number) as [number, number];
    this.#move(Math.min(high, Math.max(low, this.#x!.invert(at))));
    this.#slider.value = `${this.#shown!.threshold}`;
  }

  #move(threshold: number): void {
    this.#moved[this.#score] = threshold;
    this.#shown = { ...this.#shown!, threshold };
    this.#draw();
  }

  #draw(): void {
    const shown = this.#shown!;
    this.#x = drawHistogram(this.#histogram, shown);
    if (!this.#figures) return;
    const decision = decide(shown.id, shown.ood, shown.threshold);
    this.#write(decision, shown);
    const { [this.#score]: front, ...others } = this.#curves();
    drawRoc(this.#roc, front!, Object.values(others), decision);
  }

  #curves(): Record<string, { name: string; fpr: Float64Array; tpr: Float64Array }> {
    const entries = Object.entries(this.#figures!) as [ScoreName, Figures[ScoreName]][];
    return Object.fromEntries(
      entries.map(([name, { roc }]) => [name, { name: SCORES[name], ...roc }]),
    );
  }

  #write(decision: Decision, { threshold }: Shown): void {
    const { fpr, tpr, precision, accuracy } = decision;
    write("threshold", decimal(threshold));
    write("fpr", percent(fpr));
    write("tpr", percent(tpr));
    write("precision", precision === null ? "–" : percent(precision));
    write("accuracy", percent(accuracy));
    for (const name of [
      "truePositives",
      "falsePositives",
      "trueNegatives",
      "falseNegatives",
    ] as const)
      write(name, count(decision[name]));
    this.#slider.ariaValueText = `${decimal(threshold)}: FPR ${percent(fpr)}, TPR ${percent(tpr)}`;
  }

  /** The buttons that give results as files. */
  #offer(): void {
    const name = (what: string) => `she-ood-${this.#outcome!.settings.experiment}-${what}`;
    element("save-csv").onclick = () => save(csv(this.#outcome!.samples), name("scores.csv"));
    element("save-json").onclick = () => save(this.#json(), name("figures.json"));
    for (const chart of [this.#histogram, this.#roc]) {
      element(`${chart.id}-svg`).onclick = () => save(svgFile(chart), name(`${chart.id}.svg`));
      element(`${chart.id}-png`).onclick = () => void this.#savePng(chart, name(`${chart.id}.png`));
    }
  }

  async #savePng(chart: SVGSVGElement, name: string): Promise<void> {
    complain("run-error");
    try {
      save(await pngFile(chart), name);
    } catch (error) {
      complain("run-error", error);
    }
  }

  #json(): string {
    const { id, ood, threshold } = this.#shown!;
    const settings = { ...this.#outcome!.settings, score: this.#score };
    return json(
      { ...this.#outcome!, settings },
      this.#figures!,
      threshold,
      decide(id, ood, threshold),
    );
  }
}
