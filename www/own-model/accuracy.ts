/**
 * Whether the model recognises the pictures: the first thing that shows a wrong order of classes or
 * a wrong normalisation.
 */

import type { Detector, Model } from "she-ood/worker";
import { at } from "../shared/at";
import type { Picture } from "./fit";
import { eachInLanes, unlessUnreadable, type Work } from "./lanes";

/** What the model answers to the pictures of a folder. */
export interface Answers {
  right: number;
  total: number;
  /** The output that it answers most often. */
  mostly: number;
  /** How often it does. */
  times: number;
}

/** More pictures than this make the share no more certain than is of use. */
export const MOST_ASKED = 600;

/** Pictures from all over, as many as are looked at. */
export function pickSpread(pictures: Picture[]): Picture[] {
  const step = Math.max(1, pictures.length / MOST_ASKED);
  const length = Math.min(MOST_ASKED, pictures.length);
  return Array.from({ length }, (_, i) => at(pictures, Math.floor(i * step)));
}

/** What a model says of a picture. */
export interface Guess {
  output: number;
  /** The classifier's own score, its confidence negated, where a detector was asked. */
  msp?: number | undefined;
}

/** Asks a model about a picture. */
export type Ask = (file: File, signal: AbortSignal) => Promise<Guess>;

/** Asks a classifier without a detector. */
export function askClassifier(model: Pick<Model, "logits">): Ask {
  return async (file, signal) => {
    const logits = await model.logits(file, { signal });
    return { output: logits.indexOf(Math.max(...logits)) };
  };
}

/** Asks the classifier within a detector. */
export function askDetector(detector: Pick<Detector, "score">): Ask {
  return async (file, signal) => {
    const { predicted, baselines } = await detector.score(file, { signal });
    return { output: predicted.index, msp: baselines?.msp };
  };
}

/** The answers folder by folder, and the classifier's own scores of all pictures. */
export interface Asked {
  answers: Answers[];
  msp: number[];
}

export async function askAll(
  ask: Ask,
  folders: number,
  pictures: Picture[],
  work: Work,
): Promise<Asked> {
  const guesses = Array.from({ length: folders }, () => [] as Answered[]);
  await eachInLanes(pictures, work, async ({ file, folder, output }) => {
    const guess = await unlessUnreadable(ask(file, work.signal));
    if (guess) at(guesses, folder).push({ ...guess, right: guess.output === output });
  });
  const msp = guesses.flat().flatMap(({ msp }) => msp ?? []);
  return { answers: guesses.map(summarize), msp };
}

type Answered = Guess & { right: boolean };

function summarize(guesses: Answered[]): Answers {
  const counts = new Map<number, number>();
  for (const { output } of guesses) counts.set(output, (counts.get(output) ?? 0) + 1);
  const [mostly, times] = [...counts].reduce(
    (most, one) => (one[1] > most[1] ? one : most),
    [-1, 0],
  );
  const right = guesses.filter(({ right }) => right).length;
  return { right, total: guesses.length, mostly, times };
}

export function accuracyOf(answers: Answers[]): number {
  const sum = (count: (one: Answers) => number) =>
    answers.reduce((all, one) => all + count(one), 0);
  return (
    sum(({ right }) => right) /
    Math.max(
      1,
      sum(({ total }) => total),
    )
  );
}
