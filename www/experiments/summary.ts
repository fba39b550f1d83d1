/** Settings and results in a sentence. */
import { count, fraction } from "../shared/words";
import { EXPERIMENTS } from "./experiment";
import type { Figures } from "./figures";
import type { Outcome } from "./run";
import { SCORE_NAMES, SCORES } from "./sample";
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

export function summarize({ samples }: Pick<Outcome, "samples">, figures: Figures): string {
  const aurocs = SCORE_NAMES.map((name) => `${SCORES[name]} ${fraction(figures[name].auroc)}`);
  return `AUROC on ${count(samples.length)} pictures: ${aurocs.join(", ")}.`;
}
