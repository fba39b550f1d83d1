/** The pictures that say most about a run: best catches, worst misses, worst false alarms. */
import { count } from "../shared/words";
import type { Pictured, Side } from "./sample";

/** Pictures in a row. */
const MOST = 6;

export interface Gallery {
  /** Flagged strangers, those that the classifier alone is surest of first. */
  catches: Pictured[];
  /** Strangers that pass, the lowest scores first. */
  misses: Pictured[];
  /** Known pictures that are flagged, the highest scores first. */
  alarms: Pictured[];
}

export function pick(samples: readonly Pictured[]): Gallery {
  const side = (wanted: Side, flagged: boolean) =>
    samples.filter((sample) => sample.side === wanted && isFlagged(sample) === flagged);
  const rising = (a: Pictured, b: Pictured) => a.scores.she - b.scores.she;
  const surest = (a: Pictured, b: Pictured) => confidence(b) - confidence(a);
  return {
    catches: side("ood", true).sort(surest).slice(0, MOST),
    misses: side("ood", false).sort(rising).slice(0, MOST),
    alarms: side("id", true).sort(rising).reverse().slice(0, MOST),
  };
}

export function isFlagged({ report }: Pictured): boolean {
  return report.isOod;
}

function confidence({ report }: Pictured): number {
  return report.predicted.probability;
}

/** Counts the known pictures with lower scores than a sample, itself left out: "76 of 100". */
export function rankInWords(sample: Pictured, samples: readonly Pictured[]): string {
  const others = samples.filter((other) => other.side === "id" && other !== sample);
  const below = others.filter(({ scores }) => scores.she < sample.scores.she).length;
  const all = count(others.length);
  if (below === others.length) return `all ${all}`;
  return `${below === 0 ? "none" : count(below)} of ${all}`;
}

/** Counts the flagged pictures of a side: the rate at which its errors happen. */
export function flaggedOf(
  samples: readonly Pictured[],
  side: Side,
): [flagged: number, all: number] {
  const all = samples.filter((sample) => sample.side === side);
  return [all.filter(isFlagged).length, all.length];
}
