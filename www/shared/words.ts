/** Reports and numbers in words. */
import type { Info, Report } from "she-ood/worker";
import { at } from "./at";

export interface Headline {
  state: Report["verdict"];
  words: string;
  detail: string;
}

/** More classes than this are counted instead of named. */
const MOST_NAMED = 3;

type Known = Pick<Info, "labels" | "calibrationSize" | "idPassRate">;

/** Says what a report means. */
export function headlineOf(report: Report, known: Known): Headline {
  const { labels, calibrationSize, idPassRate } = known;
  const line = calibrationSize > 0 ? `; the line is at ${share(idPassRate, 1)}` : "";
  const detail = sentence(`${strangeness(report, calibrationSize)}${line}`);
  const { verdict, predicted } = report;
  if (verdict === "known") return { state: verdict, words: itIs(predicted.label), detail };
  if (verdict === "unknown") return { state: verdict, words: "I don't know", detail };
  return { state: verdict, words: unsure(report, labels), detail };
}

/** What the classifier says without a detector, and how sure it is. */
export function answerOf({ predicted }: Report): { words: string; detail: string } {
  const sure = probability(predicted.probability).replace("> ", "more than ");
  return { words: itIs(predicted.label), detail: `${sure} sure` };
}

/** Where a report stands among the held-out pictures: "stranger than 98% of ...". */
export function strangeness({ pValue }: Pick<Report, "pValue">, calibrationSize: number): string {
  // The p-value counts this picture among those that are at least as strange.
  const stranger = Math.round(pValue * (calibrationSize + 1)) - 1;
  const known = `${count(calibrationSize)} pictures it knows`;
  if (stranger <= 0) return `stranger than all ${known}`;
  const less = calibrationSize - stranger;
  if (less <= 0) return `no stranger than any of the ${known}`;
  if (less < calibrationSize / 100) return `stranger than less than 1% of the ${known}`;
  return `stranger than ${share(less, calibrationSize)} of the ${known}`;
}

/** A part in percent, rounded down: never all, unless it is. */
export function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  // 1 - 0.95 is a little more than a twentieth, 1 - 0.9 a little less than a tenth.
  const digits = percent < 99 ? 1 : 10;
  return `${Math.floor(digits * percent + 1e-9) / digits}%`;
}

/** Names the classes that a sample may be of. */
function unsure({ set, predicted }: Report, labels: string[]): string {
  const names = (set ?? []).map((index) => withArticle(at(labels, index)));
  if (names.length > MOST_NAMED) return `One of ${names.length} classes, perhaps ${names[0]}`;
  return `Perhaps ${names.length > 0 ? listed(names) : withArticle(predicted.label)}`;
}

/** "It's a 4". */
export function itIs(label: string): string {
  return `It's ${withArticle(label)}`;
}

/** Words as a sentence. */
export function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}

/** "a", "a or b", "a, b or c". */
function listed(names: string[]): string {
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} or ${last}`;
}

export function withArticle(label: string): string {
  return `${article(label)} ${label}`;
}

/** By sound: "an 8", "an F", "an X-ray", "a unicorn". */
const AN = /^(?:[aeio]|u(?!n[aio]|s[aeiu])|ho(?:ur|nest)|8|1[18](?!\d)|[fhlmnrsx]\b)/i;
const A = /^(?:u\b|one\b|eu)/i;

function article(label: string): string {
  return AN.test(label) && !A.test(label) ? "an" : "a";
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
