/** A report in words, and numbers as the page writes them. */
import type { Report } from "she-ood/worker";

export interface Verdict {
  state: "known" | "unknown";
  words: string;
  detail: string;
}

/** Below this p-value a sample is not just beyond the threshold but far from all that was known. */
const FAR = 0.005;

export function verdictOf({ isOod, pValue, predicted: { label, probability } }: Report): Verdict {
  const sure = softmax(probability);
  if (!isOod)
    return {
      state: "known",
      words: `Looks like ${article(label)} ${label}`,
      detail: `In-distribution, and the classifier is ${sure} sure.`,
    };
  const words = pValue < FAR ? "Never seen anything like it" : "Unlike what it knows";
  return {
    state: "unknown",
    words,
    detail: `Out-of-distribution, though the classifier says ${label}, ${sure} sure.`,
  };
}

function article(label: string): string {
  return /^[aeiou]/i.test(label) ? "an" : "a";
}

export function decimal(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return value.toFixed(3).replace("-", "−");
}

/** A share from 0 to 1 in percent. */
export function percent(share: number): string {
  return `${within(100 * share, 100, 1)}%`;
}

/** A share from 0 to 1 as it is, an AUROC or p-value say. */
export function share(value: number): string {
  return within(value, 1, 3);
}

/** A probability of a softmax in percent. It is never 0 or 1: float32 rounds it there. */
export function softmax(probability: number): string {
  return percent(Math.min(1 - Number.EPSILON, Math.max(Number.EPSILON, probability)));
}

/** Rounds a part of `whole`, but never to all or nothing what is only close to it. */
function within(value: number, whole: number, digits: number): string {
  const least = 10 ** -digits;
  if (value > 0 && value < least) return `< ${least.toFixed(digits)}`;
  if (value < whole && value > whole - least) return `> ${(whole - least).toFixed(digits)}`;
  return value.toFixed(digits);
}

/** What an error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function count(value: number): string {
  return value.toLocaleString("en");
}

/** "1 picture", "2 pictures". */
export function counted(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}
