/** Whether the map shows where a verdict comes from. */
import { min } from "d3-array";
import type { Report } from "she-ood";
import type { ScoredSample } from "./loaded";

/** The least similarity to the nearest class, in the last layer, of the samples that it knows. */
export function ordinaryFrom(samples: ScoredSample[]): number {
  const known = samples.filter(({ group, report }) => group === "known" && !report.isOod);
  return min(known, ({ report }) => nearestIn(report)) ?? -Infinity;
}

/** Where a verdict comes from that the map does not show; empty where it does. */
export function whereElse(report: Report, ordinary: number): string {
  if (!report.isOod || nearestIn(report) < ordinary) return "";
  const { parts, layers } = report;
  const isEnergy = parts !== null && parts.energy > parts.she;
  const others = layers.slice(0, -1).map(({ name }) => name);
  const source = isEnergy ? "the energy of the logits" : others.join(", ");
  return `In this layer it looks like what it knows: the verdict comes from ${source}.`;
}

const nearestIn = ({ layers }: Report) => Math.max(...(layers.at(-1)?.similarities ?? []));
