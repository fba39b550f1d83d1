/** The settings of a fit. */
import type { FitterOptions } from "she-ood/worker";
import { countHeldOut } from "../../js/fit/hold-out";
import { element } from "../shared/dom";
import type { ClassFolder } from "../shared/folders";
import { count } from "../shared/words";

type Similarity = Extract<FitterOptions["similarity"], string>;
type Aggregator = NonNullable<FitterOptions["aggregator"]>;

export interface Settings {
  /** Undefined where the fit chooses. */
  similarity: Similarity | undefined;
  aggregator: Aggregator;
  /** Fraction of the pictures that sets the threshold. */
  holdOut: number;
  idPassRate: number;
}

const chosen = (id: string) => element<HTMLSelectElement>(id).value;

/** @throws {Error} When a percentage is out of range. */
export function chosenSettings(): Settings {
  return {
    similarity: (chosen("similarity") || undefined) as Similarity | undefined,
    aggregator: chosen("aggregator") as Aggregator,
    holdOut: readPercentage("hold-out", "The held-out share", 0, 90) / 100,
    idPassRate: readPercentage("pass-rate", "The pass rate", 50, 99.9) / 100,
  };
}

function readPercentage(id: string, what: string, low: number, high: number): number {
  const { valueAsNumber: value } = element<HTMLInputElement>(id);
  if (value >= low && value <= high) return value;
  throw new Error(`${what} must be from ${low} to ${high}%.`);
}

/** Sets what suits few pictures, or many. */
export function suggestSettings(few: boolean): void {
  element<HTMLInputElement>("hold-out").value = few ? "34" : "10";
  element<HTMLInputElement>("pass-rate").value = few ? "90" : "95";
}

/** Number of pictures that will be held out. */
export function heldOut(classes: ClassFolder[], holdOut: number): number {
  return countHeldOut(
    classes.map(({ files }) => files.length),
    holdOut,
  );
}

/** The fewest held-out pictures that a threshold for this pass rate can be set by. */
export function fewest(idPassRate: number): number {
  return Math.ceil(idPassRate / (1 - idPassRate) - 1e-9);
}

/** Says what the settings mean for these pictures, and whether there are enough. */
export function outlook(
  classes: ClassFolder[],
  { holdOut, idPassRate }: Settings,
): { words: string; enough: boolean } {
  const [held, needed] = [heldOut(classes, holdOut), fewest(idPassRate)];
  const total = classes.reduce((sum, { files }) => sum + files.length, 0);
  const rate =
    `A pass rate of ${+(100 * idPassRate).toFixed(1)}% ` +
    `needs at least ${needed} held-out pictures`;
  if (held >= needed)
    return {
      words:
        `Of ${count(total)} pictures, ${count(total - held)} make patterns and ${count(held)} ` +
        `are held out. ${rate}; hundreds make it dependable.`,
      enough: true,
    };
  return {
    words:
      `Only ${held} pictures will be held out. ${rate}: ` +
      "with fewer, the threshold is infinite and nothing is flagged.",
    enough: false,
  };
}
