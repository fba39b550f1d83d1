/** The experiments: pictures that a classifier knows against pictures that it does not. */

import type { Pictures } from "../shared/sheet";
import type { ClassifierName } from "./classifiers";

/** One side of an experiment. */
export interface Source extends Pictures {
  /** What one of them is, where the name of its class alone does not say. */
  noun?: string;
}

export interface Experiment {
  classifier: ClassifierName;
  id: Source;
  ood: Source;
}

const KNOWN_DIGITS: Source = { name: "MNIST 0–4", sheet: "mnist", keep: (index) => index < 5 };
const OTHER_DIGITS: Source = { name: "MNIST 5–9", sheet: "mnist", keep: (index) => index >= 5 };
const MNIST: Source = { name: "MNIST", sheet: "mnist", noun: "handwritten digit" };
const FASHION: Source = { name: "Fashion-MNIST", sheet: "fashion", noun: "piece of clothing" };
const CIFAR: Source = { name: "CIFAR-10", sheet: "cifar10" };
const HOUSES: Source = { name: "house numbers", sheet: "houses", noun: "house number" };

export const EXPERIMENTS = {
  "objects-houses": { classifier: "objects", id: CIFAR, ood: HOUSES },
  "objects-fashion": { classifier: "objects", id: CIFAR, ood: FASHION },
  "objects-mnist": { classifier: "objects", id: CIFAR, ood: MNIST },
  "digits-digits": { classifier: "digits", id: KNOWN_DIGITS, ood: OTHER_DIGITS },
  "digits-fashion": { classifier: "digits", id: KNOWN_DIGITS, ood: FASHION },
} satisfies Record<string, Experiment>;

export type ExperimentName = keyof typeof EXPERIMENTS;
