/** Settings and results in a sentence. */
import { count, fraction } from "../shared/words";
import { EXPERIMENTS } from "./experiment";
import { type Figures, listFigures } from "./figures";
import type { Outcome } from "./run";
import { SCORES } from "./sample";
import type { Settings } from "./settings";

export function describeSettings({ experiment, fit }: Settings): string {
  const { id, ood } = EXPERIMENTS[experiment];
  if (!fit) return `${id.name} against ${ood.name}, detector as shipped`;
  const { preset, layers, similarity, aggregator, with: joined } = fit;
  const tapped = layers.length === 1 ? `layer ${layers[0]}` : `${layers.length} layers`;
  const energy = joined && "joined with the energy";
  const parts = [`preset ${preset}`, tapped, similarity, aggregator, energy].filter(Boolean);
  return `${id.name} against ${ood.name}, fitted here: ${parts.join(", ")}`;
}

/** Says what a result is of, and that it was computed here. */
export function describeRun({ settings, samples, brief, duration }: Outcome): string {
  const known = samples.filter(({ side }) => side === "id").length;
  const counts = `${count(known)} + ${count(samples.length - known)} pictures`;
  const which = brief ? `the first ${counts}` : counts;
  const seconds = (duration / 1000).toFixed(1);
  const what = `${describeSettings(settings)}: ${which}`;
  return `${what}, scored on this device just now in ${seconds}\u00a0s.`;
}

export function summarize({ samples }: Pick<Outcome, "samples">, figures: Figures): string {
  const aurocs = listFigures(figures).map(
    ([name, { auroc }]) => `${SCORES[name]} ${fraction(auroc)}`,
  );
  return `AUROC on ${count(samples.length)} pictures: ${aurocs.join(", ")}.`;
}
