/** Names of a model's outputs, as a file of labels lists them. */
import { type ClassFolder, numbersOf } from "../shared/folders";

/** Names of the outputs, in their order. */
export type Labels = string[];

/**
 * One label a line. Lines that count themselves, as Teachable Machine writes them, lose their
 * numbers.
 */
export function parseLabels(text: string): Labels {
  const lines = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter(Boolean);
  const counted = lines.every((line, i) => line.startsWith(`${i} `) || line.startsWith(`${i}:`));
  return counted ? lines.map((line) => line.replace(/^\d+[ :]\s*/, "")) : lines;
}

/** Why labels do not fit a model; nothing where they do. */
export function labelsFault(labels: Labels, outputs: number): string {
  if (new Set(labels).size < labels.length) return "its labels repeat";
  if (labels.length === outputs) return "";
  return `it names ${labels.length} classes and the model has ${outputs} outputs`;
}

/**
 * The output of each folder: the one that its label has, or that its name gives as a number, or
 * else the one at its position, which is a guess where there are fewer folders than outputs.
 */
export function placeFolders(
  classes: ClassFolder[],
  outputs: number,
  labels: Labels | undefined,
): { places: number[]; isGuess: boolean } {
  const labelled = classes.map(({ name }) => (labels ? placeOf(name, labels) : -1));
  const isLabelled = labelled.every((place) => place >= 0);
  const told = isLabelled ? labelled : numbersOf(classes, outputs);
  return {
    places: told ?? classes.map((_, i) => i),
    isGuess: !told && classes.length < outputs,
  };
}

/** Exact, or as the first word of the label, as WordNet's numbers are. */
function placeOf(name: string, labels: Labels): number {
  const plain = (text: string) => text.toLowerCase().replace(/[_\s-]+/g, " ");
  const exact = labels.findIndex((label) => plain(label) === plain(name));
  return exact >= 0
    ? exact
    : labels.findIndex((label) => plain(label).startsWith(`${plain(name)} `));
}
