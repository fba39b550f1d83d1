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
  const sure = percent(probability);
  if (!isOod) return { state: "known", words: `Looks like ${article(label)} ${label}`, detail: `In-distribution, and the classifier is ${sure} sure.` };
  const words = pValue < FAR ? "Never seen anything like it" : "Unlike what it knows";
  return { state: "unknown", words, detail: `Out-of-distribution, though the classifier says ${label}, ${sure} sure.` };
}

function article(label: string): string {
  return /^[aeiou]/i.test(label) ? "an" : "a";
}

export function decimal(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  return value.toFixed(3).replace("-", "−");
}

/** Never a flat 100 % for what is only close to it. */
export function percent(share: number): string {
  return share > 0.999 && share < 1 ? "> 99.9%" : `${(100 * share).toFixed(1)}%`;
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
