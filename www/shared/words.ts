/** Reports and numbers in words. */
import type { Report } from "she-ood/worker";
import { at } from "./at";

export interface Headline {
  state: Report["verdict"];
  words: string;
  detail: string;
}

/** Below this p-value a score is not just beyond the threshold, but beyond nearly all known. */
const FAR = 0.005;

/** More classes than this are counted instead of named. */
const MOST_NAMED = 3;

/** Says what a report means, given the name of each class. */
export function headlineOf(report: Report, labels: string[]): Headline {
  const { verdict, pValue, predicted } = report;
  const { label } = predicted;
  const sure = probability(predicted.probability);
  if (verdict === "known")
    return {
      state: verdict,
      words: `Looks like ${withArticle(label)}`,
      detail: `In-distribution, and the classifier is ${sure} sure.`,
    };
  if (verdict === "unsure") return unsure(report, labels);
  return {
    state: verdict,
    words: pValue < FAR ? "Never seen anything like it" : "Unlike what it knows",
    detail: `Out-of-distribution, though the classifier says ${label}, ${sure} sure.`,
  };
}

/** Names the classes that a sample may be of. */
function unsure({ set, predicted }: Report, labels: string[]): Headline {
  const sure = `${probability(predicted.probability)} sure`;
  const names = (set ?? []).map((index) => withArticle(at(labels, index)));
  const words =
    names.length > MOST_NAMED
      ? `One of ${names.length} classes, perhaps ${names[0]}`
      : `Perhaps ${names.length > 0 ? listed(names) : withArticle(predicted.label)}`;
  const detail =
    names.length > 0
      ? `${sure} of ${predicted.label}, cannot rule out the rest.`
      : `${sure}, is less sure than it usually is.`;
  return { state: "unsure", words, detail: `In-distribution, but the classifier, ${detail}` };
}

/** "a", "a or b", "a, b or c". */
function listed(names: string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}

function withArticle(label: string): string {
  return `${article(label)} ${label}`;
}

function article(label: string): string {
  return /^[aeiou]/i.test(label) ? "an" : "a";
}

/** Three decimals and a minus sign. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return value.toFixed(3).replace("-", "−");
}

/** A fraction from 0 to 1 in percent. */
export function percent(fraction: number): string {
  return `${rounded(100 * fraction, 100, 1)}%`;
}

/** A fraction from 0 to 1, such as an AUROC or a p-value. */
export function fraction(value: number): string {
  return rounded(value, 1, 3);
}

/** A softmax probability in percent. It is never 0 or 1, though float32 rounds it there. */
export function probability(value: number): string {
  return percent(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, value)));
}

/** A part of `whole`, rounded, but to nothing or all only if it is. */
function rounded(value: number, whole: number, digits: number): string {
  const least = 10 ** -digits;
  if (value > 0 && value < least) return `< ${least.toFixed(digits)}`;
  if (value < whole && value > whole - least) return `> ${(whole - least).toFixed(digits)}`;
  return value.toFixed(digits);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A whole number with its thousands set apart. */
export function count(value: number): string {
  return value.toLocaleString("en");
}

/** "1 picture", "2 pictures". */
export function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? "" : "s"}`;
}
