/** All that a fit needs. */
import type { FitterOptions } from "she-ood/worker";
import type { ClassFolder } from "../shared/folders";
import { labelsOf } from "./classes";
import type { Classifier } from "./classifier";
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
  // The fit chooses where neither layers nor similarity are.
  const isTold = layers.length > 0 || similarity !== undefined;
  const options: FitterOptions = {
    labels: labelsOf(folders, outputs, classifier.outputs),
    preprocess: chosenNormalisation(classifier.channels),
    holdOut,
    ...(isTold && { layers, similarity: similarity ?? "cosine" }),
    ...(layers.length > 1 && { aggregator }),
    ...classifier.reading,
  };
  return { classifier, folders, outputs, options, settings };
}
