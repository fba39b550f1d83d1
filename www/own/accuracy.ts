/** Whether the model recognises the pictures: the first thing that shows a wrong order of classes or a wrong normalisation. */
import { type Detector, Fitter, type FitterOptions } from "she-ood/worker";
import { type Picture, type Work, counter, isPictures, lanes } from "./fit";
import { codeOf } from "./errors";

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
export function some(pictures: Picture[]): Picture[] {
  const step = Math.max(1, pictures.length / MOST);
  return Array.from({ length: Math.min(MOST, pictures.length) }, (_, i) => pictures[Math.floor(i * step)]!);
}

/** What the model answers, folder by folder. */
export async function answersOf(detector: Detector, folders: number, pictures: Picture[], work: Work): Promise<Answers[]> {
  const guesses = Array.from({ length: folders }, () => [] as { guess: number; output: number }[]);
  const [queue, count] = [pictures.values(), counter(work)];
  const lane = async () => {
    for (const { file, folder, output } of queue) {
      const guess = await guessOf(detector, file, work.signal);
      if (guess !== undefined) guesses[folder]!.push({ guess, output });
      count();
    }
  };
  await Promise.all(lanes().map(lane));
  return guesses.map(summed);
}

/** The output with the largest logit; nothing for what is no picture. */
async function guessOf(detector: Detector, file: File, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { logits } = await detector.features(file, { signal });
    return logits.indexOf(Math.max(...logits));
  } catch (error) {
    if (isPictures(error)) return undefined;
    throw error;
  }
}

function summed(guesses: { guess: number; output: number }[]): Answers {
  const counts = new Map<number, number>();
  for (const { guess } of guesses) counts.set(guess, (counts.get(guess) ?? 0) + 1);
  const [mostly, times] = [...counts].reduce((most, one) => (one[1] > most[1] ? one : most), [-1, 0]);
  return { right: guesses.filter(({ guess, output }) => guess === output).length, total: guesses.length, mostly, times };
}

export function accuracyOf(answers: Answers[]): number {
  const sum = (count: (one: Answers) => number) => answers.reduce((all, one) => all + count(one), 0);
  return sum(({ right }) => right) / Math.max(1, sum(({ total }) => total));
}

/** Outputs beyond these are not tried one by one. */
const MOST_OUTPUTS = 200;

/**
 * A detector that does nothing but run the model, for pictures of which it recognises none: one picture is said to be each class in
 * turn, and one of these is what the model answers. None for models of very many classes.
 */
export async function runner(model: Uint8Array, options: FitterOptions, picture: File, outputs: number, signal: AbortSignal): Promise<Detector | undefined> {
  if (outputs > MOST_OUTPUTS) return undefined;
  const fitter = await Fitter.create(model, { ...options, layers: options.layers.slice(-1), holdOut: 0, workers: 1, signal });
  try {
    for (let output = 0; output < outputs; output++) await fitter.push(picture, output, { signal });
    return await fitter.finish({ signal });
  } catch (error) {
    if (codeOf(error)) return undefined;
    throw error;
  } finally {
    fitter.dispose();
  }
}
