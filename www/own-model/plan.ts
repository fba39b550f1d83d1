/** All that a fit needs. */
import type { FitterOptions } from "she-ood/worker";
import { labelsOf } from "./classes";
import type { Classifier } from "./classifier";
import type { ClassFolder } from "./folders";
import { chosenNormalisation } from "./normalisation";
import { chosenSettings, type Settings } from "./settings";

export interface Plan {
  classifier: Classifier;
  folders: ClassFolder[];
  /** The output of each class folder. */
  outputs: number[];
  options: FitterOptions;
  settings: Settings;
}

/** @throws {Error} When a setting is not allowed. */
export function makePlan(
  classifier: Classifier,
  layers: string[],
  folders: ClassFolder[],
  outputs: number[],
): Plan {
  const settings = chosenSettings();
  const { similarity, aggregator, holdOut } = settings;
  const options: FitterOptions = {
    layers,
    labels: labelsOf(folders, outputs, classifier.outputs),
    similarity,
    preprocess: chosenNormalisation(classifier.channels),
    holdOut,
    ...(layers.length > 1 && { aggregator }),
    ...classifier.reading,
  };
  return { classifier, folders, outputs, options, settings };
}
