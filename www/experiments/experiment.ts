/** The experiments: pictures that a detector knows against pictures that it does not. */
import type { ModelName } from "./classifiers";
import type { Pictures } from "../shared/sheet";

export interface Experiment {
  model: ModelName;
  id: Pictures;
  ood: Pictures;
}

const KNOWN_DIGITS: Pictures = { name: "MNIST 0–4", sheet: "mnist", keep: (label) => label < 5 };
const OTHER_DIGITS: Pictures = { name: "MNIST 5–9", sheet: "mnist", keep: (label) => label >= 5 };
const MNIST: Pictures = { name: "MNIST", sheet: "mnist" };
const FASHION: Pictures = { name: "Fashion-MNIST", sheet: "fashion" };
const CIFAR: Pictures = { name: "CIFAR-10", sheet: "cifar10" };

export const EXPERIMENTS = {
  "digits-digits": { model: "digits", id: KNOWN_DIGITS, ood: OTHER_DIGITS },
  "digits-fashion": { model: "digits", id: KNOWN_DIGITS, ood: FASHION },
  "objects-fashion": { model: "objects", id: CIFAR, ood: FASHION },
  "objects-mnist": { model: "objects", id: CIFAR, ood: MNIST },
} satisfies Record<string, Experiment>;

export type ExperimentName = keyof typeof EXPERIMENTS;
