/** Names of pictures, and the classifier's answers in words. */
import { withArticle } from "../shared/words";
import { EXPERIMENTS, type ExperimentName } from "./experiment";
import type { Pictured } from "./sample";

/** A probability in whole percent, rounded down; never 100 %. */
export function sureness(probability: number): string {
  // Of a number such as 0.57, whose product with 100 falls just short of 57, too.
  const percent = probability > 0.999 ? "more than 99.9" : Math.floor(100 * probability + 1e-9);
  return `${percent}%`;
}

/** "this house number", "this 7". */
export function nameOf({ side, label }: Pictured, experiment: ExperimentName): string {
  return `this ${EXPERIMENTS[experiment][side].noun ?? label}`;
}

/** What the picture truly is: "house number, a 7", "sneaker", "7". */
export function truthOf({ side, label }: Pictured, experiment: ExperimentName): string {
  const { sheet, noun } = EXPERIMENTS[experiment][side];
  return sheet === "houses" ? `${noun}, ${label}` : label;
}

/** The contrast in a sentence. */
export function contrast(sample: Pictured, experiment: ExperimentName): string {
  const { label, probability } = sample.report.predicted;
  const name = nameOf(sample, experiment);
  return `The classifier is ${sureness(probability)} sure that ${name} is ${withArticle(label)}.`;
}
