/** All that a fit needs. */
import type { FitterOptions } from "she-ood/worker";
import { namesOf } from "./classes";
import type { ClassFolder } from "./folders";
import type { Model } from "./classifier";
import { chosenNormalisation } from "./normalisation";
import { type Settings, chosenSettings } from "./settings";

export interface Plan {
  model: Model;
  classes: ClassFolder[];
  /** The output of each class folder. */
  outputs: number[];
  options: FitterOptions;
  settings: Settings;
}

/** @throws {Error} When a setting cannot be. */
export function planOf(
  model: Model,
  layers: string[],
  classes: ClassFolder[],
  outputs: number[],
): Plan {
  const settings = chosenSettings();
  const { similarity, aggregator, holdOut } = settings;
  const options: FitterOptions = {
    layers,
    labels: namesOf(classes, outputs, model.outputs),
    similarity,
    preprocess: chosenNormalisation(model.channels),
    holdOut,
    ...(layers.length > 1 && { aggregator }),
  };
  return { model, classes, outputs, options, settings };
}
