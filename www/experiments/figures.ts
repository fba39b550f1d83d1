/** AUROC and the like of each score, from the same run. */
import type { Evaluation } from "she-ood";
import { metrics } from "she-ood/worker";
import { make } from "../shared/dom";
import { decimal, fraction } from "../shared/words";
import { column, type PerScore, type Sample, SCORE_NAMES, SCORES, type ScoreName } from "./sample";

export type Figures = PerScore<Evaluation>;

type Figure = "auroc" | "fprIdAtTpr95Ood" | "fprOodAtTpr95Id" | "auprIn" | "auprOut";
const COLUMNS: Figure[] = ["auroc", "fprIdAtTpr95Ood", "fprOodAtTpr95Id", "auprIn", "auprOut"];
const LOWER_IS_BETTER: Figure[] = ["fprIdAtTpr95Ood", "fprOodAtTpr95Id"];

export async function evaluateScores(samples: readonly Sample[]): Promise<Figures> {
  const evaluate = (name: ScoreName) =>
    metrics.evaluate(column(samples, "id", name), column(samples, "ood", name));
  // One after another: each takes a worker, and hardly any time.
  const she = await evaluate("she");
  const withHe = samples.every(({ scores }) => scores.he !== undefined);
  return {
    she,
    ...(withHe && { he: await evaluate("he") }),
    msp: await evaluate("msp"),
    maxLogit: await evaluate("maxLogit"),
    energy: await evaluate("energy"),
  };
}

/** The scores of a run and their figures, in the order of the table. */
export function listFigures(figures: Figures): [ScoreName, Evaluation][] {
  return SCORE_NAMES.flatMap((name) => {
    const evaluation = figures[name];
    return evaluation ? [[name, evaluation]] : [];
  });
}

/** Shows a row for each score, with the best of each column marked. */
export function showFigures(body: HTMLElement, figures: Figures): void {
  body.replaceChildren(...listFigures(figures).map(([name, row]) => makeRow(name, row, figures)));
}

function makeRow(name: ScoreName, row: Evaluation, figures: Figures): HTMLTableRowElement {
  const cells = COLUMNS.map((figure) => makeCell(figure, row, best(figure, figures)));
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
  const values = listFigures(figures).map(([, evaluation]) => evaluation[figure]);
  return LOWER_IS_BETTER.includes(figure) ? Math.min(...values) : Math.max(...values);
}
