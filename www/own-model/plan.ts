/** All that a fit needs. */
import type { FitterOptions } from "she-ood/worker";
import { labelsOf } from "./classes";
import { chosenPreprocess } from "./normalisation";
import type { Material } from "./pictures-step";
import { chosenSettings, type Settings } from "./settings";

export interface Plan extends Material {
  options: FitterOptions;
  settings: Settings;
}

/** @throws {Error} When a setting is not allowed. */
export function makePlan(material: Material, layers: string[]): Plan {
  const { classifier, folders, outputs, labels } = material;
  const settings = chosenSettings();
  const { similarity, aggregator, holdOut } = settings;
  // The fit chooses where neither layers nor similarity are.
  const isTold = layers.length > 0 || similarity !== undefined;
  const options: FitterOptions = {
    labels: labelsOf(folders, outputs, classifier.outputs, labels),
    preprocess: chosenPreprocess(classifier.channels),
    holdOut,
    ...(isTold && { layers, similarity: similarity ?? "cosine" }),
    ...(layers.length > 1 && { aggregator }),
    ...classifier.reading,
  };
  return { ...material, options, settings };
}
