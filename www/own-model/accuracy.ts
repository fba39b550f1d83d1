/**
 * Whether the model recognises the pictures: the first thing that shows a wrong order of classes or
 * a wrong normalisation.
 */

import type { Detector } from "she-ood/worker";
import { at } from "../shared/at";
import { counter, isAboutPicture, lanes, type Picture, type Work } from "./fit";

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
const MOST = 600;

/** Pictures from all over, as many as are looked at. */
export function pickSpread(pictures: Picture[]): Picture[] {
  const step = Math.max(1, pictures.length / MOST);
  const length = Math.min(MOST, pictures.length);
  return Array.from({ length }, (_, i) => at(pictures, Math.floor(i * step)));
}

/** A detector, or a fit that has not become one. */
type Runner = Pick<Detector, "features">;

/** What the model answers, folder by folder. */
export async function collectAnswers(
  runner: Runner,
  folders: number,
  pictures: Picture[],
  work: Work,
): Promise<Answers[]> {
  const guesses = Array.from({ length: folders }, () => [] as { guess: number; output: number }[]);
  const [queue, count] = [pictures.values(), counter(work)];
  const lane = async () => {
    for (const { file, folder, output } of queue) {
      const guess = await guessClass(runner, file, work.signal);
      if (guess !== undefined) at(guesses, folder).push({ guess, output });
      count();
    }
  };
  await Promise.all(lanes().map(lane));
  return guesses.map(summarize);
}

/** The output with the largest logit; nothing for what is no picture. */
async function guessClass(
  runner: Runner,
  file: File,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const { logits } = await runner.features(file, { signal });
    return logits.indexOf(Math.max(...logits));
  } catch (error) {
    if (isAboutPicture(error)) return undefined;
    throw error;
  }
}

function summarize(guesses: { guess: number; output: number }[]): Answers {
  const counts = new Map<number, number>();
  for (const { guess } of guesses) counts.set(guess, (counts.get(guess) ?? 0) + 1);
  const [mostly, times] = [...counts].reduce(
    (most, one) => (one[1] > most[1] ? one : most),
    [-1, 0],
  );
  return {
    right: guesses.filter(({ guess, output }) => guess === output).length,
    total: guesses.length,
    mostly,
    times,
  };
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
