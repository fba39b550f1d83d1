/** AUROC and the like of each score, from the same run. */
import type { Evaluation } from "she-ood";
import { metrics } from "she-ood/worker";
import { make } from "../shared/dom";
import { decimal, fraction } from "../shared/words";
import { column, type Sample, SCORE_NAMES, SCORES, type ScoreName } from "./sample";

export type Figures = Record<ScoreName, Evaluation>;

type Figure = "auroc" | "fprIdAtTpr95Ood" | "fprOodAtTpr95Id" | "auprIn" | "auprOut";
const COLUMNS: Figure[] = ["auroc", "fprIdAtTpr95Ood", "fprOodAtTpr95Id", "auprIn", "auprOut"];
const LOWER_IS_BETTER: Figure[] = ["fprIdAtTpr95Ood", "fprOodAtTpr95Id"];

export async function evaluateScores(samples: readonly Sample[]): Promise<Figures> {
  const evaluate = (name: ScoreName) =>
    metrics.evaluate(column(samples, "id", name), column(samples, "ood", name));
  // One after another: each takes a worker, and hardly any time.
  return {
    she: await evaluate("she"),
    he: await evaluate("he"),
    msp: await evaluate("msp"),
    maxLogit: await evaluate("maxLogit"),
    energy: await evaluate("energy"),
  };
}

/** Shows a row for each score, with the best of each column marked. */
export function showFigures(body: HTMLElement, figures: Figures): void {
  body.replaceChildren(...SCORE_NAMES.map((name) => makeRow(name, figures)));
}

function makeRow(name: ScoreName, figures: Figures): HTMLTableRowElement {
  const cells = COLUMNS.map((figure) => makeCell(figure, figures[name], best(figure, figures)));
  return make("tr", {}, make("th", { scope: "row" }, SCORES[name]), ...cells);
}

function makeCell(figure: Figure, evaluation: Evaluation, best: number): HTMLTableCellElement {
  const value = evaluation[figure];
  const number = make(value === best ? "strong" : "span", {}, fraction(value));
  return make("td", {}, number, make("small", {}, interval(figure, evaluation)));
}

function interval(figure: Figure, { aurocInterval }: Evaluation): string {
  return figure === "auroc" && aurocInterval ? aurocInterval.map(decimal).join(" – ") : "";
}

function best(figure: Figure, figures: Figures): number {
  const values = SCORE_NAMES.map((name) => figures[name][figure]);
  return LOWER_IS_BETTER.includes(figure) ? Math.min(...values) : Math.max(...values);
}
