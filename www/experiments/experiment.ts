/** The experiments: pictures that a classifier knows against pictures that it does not. */

import type { Pictures } from "../shared/sheet";
import type { ClassifierName } from "./classifiers";

export interface Experiment {
  classifier: ClassifierName;
  id: Pictures;
  ood: Pictures;
}

const KNOWN_DIGITS: Pictures = { name: "MNIST 0–4", sheet: "mnist", keep: (index) => index < 5 };
const OTHER_DIGITS: Pictures = { name: "MNIST 5–9", sheet: "mnist", keep: (index) => index >= 5 };
const MNIST: Pictures = { name: "MNIST", sheet: "mnist" };
const FASHION: Pictures = { name: "Fashion-MNIST", sheet: "fashion" };
const CIFAR: Pictures = { name: "CIFAR-10", sheet: "cifar10" };

export const EXPERIMENTS = {
  "digits-digits": { classifier: "digits", id: KNOWN_DIGITS, ood: OTHER_DIGITS },
  "digits-fashion": { classifier: "digits", id: KNOWN_DIGITS, ood: FASHION },
  "objects-fashion": { classifier: "objects", id: CIFAR, ood: FASHION },
  "objects-mnist": { classifier: "objects", id: CIFAR, ood: MNIST },
} satisfies Record<string, Experiment>;

export type ExperimentName = keyof typeof EXPERIMENTS;
