/** How pixels become the values that a model was trained with. */
import type { FitterOptions } from "she-ood/worker";
import { at } from "../shared/at";
import { element } from "../shared/dom";
import { type Classifier, shapeInWords } from "./classifier";

interface Normalisation {
  name: string;
  mean: number[];
  std: number[];
  /** Whether it has a number for each colour, so that it is none for gray. */
  colours?: boolean;
}

const PRESETS: Record<string, Normalisation> = {
  unit: { name: "0 to 1", mean: [0], std: [1] },
  signed: { name: "−1 to 1", mean: [0.5], std: [0.5] },
  bytes: { name: "0 to 255", mean: [0], std: [0.003921569] },
  imagenet: {
    name: "ImageNet",
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
    colours: true,
  },
  cifar10: {
    name: "CIFAR-10",
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
    colours: true,
  },
};

const select = () => element<HTMLSelectElement>("normalisation");
const mean = () => element<HTMLInputElement>("mean");
const std = () => element<HTMLInputElement>("std");

/** A file in which another library says how its model takes pictures. */
export interface Config {
  name: string;
  text: string;
}

let config: Config | undefined;

/** Offers what fits the model's channels, and takes what the file says, or else what is usual. */
export function offerNormalisations(classifier: Classifier, said: Config | undefined): void {
  config = said;
  const fitting = Object.entries(PRESETS).filter(
    ([, { colours }]) => !colours || classifier.channels === 3,
  );
  const options = fitting.map(([value, { name }]) => new Option(name, value));
  if (said) options.unshift(new Option(`as ${said.name} says`, "config"));
  select().replaceChildren(...options, new Option("own numbers", "own"));
  applyPreset(said ? "config" : (presetOf(classifier) ?? "unit"), classifier.channels);
}

/** The normalisation in a line, and who chose it. */
export function normalisationInWords(classifier: Classifier): string {
  const { value, selectedOptions } = select();
  const name = selectedOptions[0]?.textContent ?? "";
  if (value === "config") return name;
  if (value === "own") return `mean ${mean().value}, deviation ${std().value}, as you say`;
  const input = shapeInWords(classifier.inputShape);
  return value === (presetOf(classifier) ?? "unit")
    ? `${name}, as is usual for an input of ${input}; check it against training`
    : `${name}, as you say`;
}

/** The preset with the model's usual numbers, which come in single precision. */
function presetOf({ channels, usual }: Classifier): string | undefined {
  const close = (one: number[], other: number[]) =>
    perChannel(one, channels).every((value, i) => Math.abs(value - at(other, i)) < 1e-6);
  const found = Object.entries(PRESETS).find(
    ([, { mean, std }]) => close(mean, usual.mean) && close(std, usual.std),
  );
  return found?.[0];
}

function applyPreset(name: string, channels: number): void {
  select().value = name;
  const preset = PRESETS[name];
  for (const input of [mean(), std()]) input.disabled = name === "config";
  if (!preset) return;
  mean().value = perChannel(preset.mean, channels).join(", ");
  std().value = perChannel(preset.std, channels).join(", ");
}

/** Keeps the choice and the numbers together. */
export function followNormalisation(channels: () => number): void {
  select().addEventListener("change", () => applyPreset(select().value, channels()));
  for (const input of [mean(), std()])
    input.addEventListener("input", () => (select().value = "own"));
}

/**
 * How pictures become inputs. Own numbers replace those of the file, not its framing.
 *
 * @throws {Error} When the numbers are not one, or one a channel.
 */
export function chosenPreprocess(channels: number): NonNullable<FitterOptions["preprocess"]> {
  const said = config && { config: config.text };
  return select().value === "config" && said ? said : { ...said, ...chosenNormalisation(channels) };
}

/** @throws {Error} When the numbers are not one, or one a channel. */
function chosenNormalisation(channels: number): { mean: number[]; std: number[] } {
  const [means, stds] = [
    parseNumbers(mean().value, "mean", channels),
    parseNumbers(std().value, "deviation", channels),
  ];
  if (stds.some((value) => value <= 0)) throw new Error("The deviation must be above 0.");
  return { mean: means, std: stds };
}

function parseNumbers(text: string, what: string, channels: number): number[] {
  const parts = text
    .split(/[\s,;]+/)
    .filter(Boolean)
    .map(Number);
  const fits = parts.every(Number.isFinite) && (parts.length === 1 || parts.length === channels);
  const several = channels > 1 ? `, or ${channels} with commas between them` : "";
  if (!fits) throw new Error(`The ${what} must be one number${several}.`);
  return perChannel(parts, channels);
}

/** One number a channel, of one for all or of as many. */
function perChannel(values: number[], channels: number): number[] {
  return Array.from({ length: channels }, (_, i) => values[i] ?? at(values, 0));
}
