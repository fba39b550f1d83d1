/** Fits a detector to the pictures, in several workers at a time. */

import { type Detector, Fitter, type FitterOptions } from "she-ood/worker";
import { at } from "../shared/at";
import type { ClassFolder } from "../shared/folders";
import { codeOf } from "./errors";

export interface Picture {
  file: File;
  /** Place of its folder among the folders. */
  folder: number;
  /** The output of the model that means its class. */
  output: number;
}

/** A file whose picture could not be read. */
export type Unread = (file: File) => void;

export type Work = { signal: AbortSignal; onProgress(done: number): void };

export function listPictures(classes: ClassFolder[], outputs: number[]): Picture[] {
  return classes.flatMap(({ files }, folder) =>
    files.map((file) => ({ file, folder, output: at(outputs, folder) })),
  );
}

/**
 * As many lanes as this device works on at a time; more than four are seldom worth their memory.
 */
export const lanes = () =>
  Array.from({ length: Math.min(4, navigator.hardwareConcurrency || 2) }, (_, lane) => lane);

/**
 * The result does not depend on which lane is faster: a fitter keeps the order of its pushes.
 *
 * @throws {SheError} As `Fitter`; the signal's reason when aborted.
 */
export async function fitDetector(
  model: Uint8Array,
  options: FitterOptions,
  idPassRate: number,
  pictures: Picture[],
  unread: Unread,
  work: Work,
): Promise<Detector> {
  const { signal } = work;
  const fitter = await Fitter.create(model, { ...options, signal });
  try {
    const [queue, count] = [pictures.values(), counter(work)];
    await Promise.all(lanes().map(() => pushAll(fitter, queue, unread, signal, count)));
    return await fitter.finish({ idPassRate, signal });
  } finally {
    fitter.dispose();
  }
}

export function counter({ onProgress }: Work): () => void {
  let done = 0;
  return () => onProgress(++done);
}

async function pushAll(
  fitter: Fitter,
  pictures: Iterable<Picture>,
  unread: Unread,
  signal: AbortSignal,
  count: () => void,
): Promise<void> {
  for (const { file, output } of pictures) {
    await fitter.push(file, output, { signal }).catch((error: unknown) => {
      if (!isAboutPicture(error)) throw error;
      unread(file);
    });
    count();
  }
}

/** Whether an error is about the picture alone, so that the others can go on. */
export function isAboutPicture(error: unknown): boolean {
  return ["input-kind", "image-size"].includes(codeOf(error) ?? "");
}
