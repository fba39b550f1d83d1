/** The usual figures of each score, from the same run. */
import type { Evaluation } from "she-ood";
import { metrics } from "she-ood/worker";
import { decimal, fraction } from "../shared/words";
import { SCORES, type Sample, type ScoreName, column } from "./sample";

export type Figures = Record<ScoreName, Evaluation>;

type Figure = "auroc" | "fprIdAtTpr95Ood" | "fprOodAtTpr95Id" | "auprIn" | "auprOut";
const LOWER_IS_BETTER: Figure[] = ["fprIdAtTpr95Ood", "fprOodAtTpr95Id"];
const COLUMNS: Figure[] = ["auroc", "fprIdAtTpr95Ood", "fprOodAtTpr95Id", "auprIn", "auprOut"];
const NAMES = Object.keys(SCORES) as ScoreName[];

export async function figuresOf(samples: readonly Sample[]): Promise<Figures> {
  const found: [ScoreName, Evaluation][] = [];
  // One after another: each takes a worker, and hardly any time.
  for (const name of NAMES)
    found.push([
      name,
      await metrics.evaluate(column(samples, "id", name), column(samples, "ood", name)),
    ]);
  return Object.fromEntries(found) as Figures;
}

/** A row for each score, the best of each column marked. */
export function showFigures(body: HTMLTableSectionElement, figures: Figures): void {
  body.replaceChildren(...NAMES.map((name) => row(name, figures)));
}

function row(name: ScoreName, figures: Figures): HTMLTableRowElement {
  const row = document.createElement("tr");
  const head = document.createElement("th");
  head.scope = "row";
  head.textContent = SCORES[name];
  row.append(
    head,
    ...COLUMNS.map((figure) =>
      cell(figures[name][figure], best(figure, figures), interval(figure, figures[name])),
    ),
  );
  return row;
}

function cell(value: number, best: number, interval: string): HTMLTableCellElement {
  const cell = document.createElement("td");
  const number = document.createElement(value === best ? "strong" : "span");
  number.textContent = fraction(value);
  cell.append(number, Object.assign(document.createElement("small"), { textContent: interval }));
  return cell;
}

function interval(figure: Figure, { aurocInterval }: Evaluation): string {
  return figure === "auroc" && aurocInterval ? aurocInterval.map(decimal).join(" – ") : "";
}

function best(figure: Figure, figures: Figures): number {
  const values = NAMES.map((name) => figures[name][figure]);
  return LOWER_IS_BETTER.includes(figure) ? Math.min(...values) : Math.max(...values);
}
