/** Fits a detector to the pictures, in several workers at a time. */

import { type Detector, Fitter, type FitterOptions } from "she-ood/worker";
import { at } from "../shared/at";
import type { ClassFolder } from "../shared/folders";
import { eachInLanes, unlessUnreadable, type Work } from "./lanes";

export interface Picture {
  file: File;
  /** Place of its folder among the folders. */
  folder: number;
  /** The output of the model that means its class. */
  output: number;
}

/** A file whose picture could not be read. */
export type Unread = (file: File) => void;

export function listPictures(classes: ClassFolder[], outputs: number[]): Picture[] {
  return classes.flatMap(({ files }, folder) =>
    files.map((file) => ({ file, folder, output: at(outputs, folder) })),
  );
}

/**
 * The result does not depend on which lane is faster: a fitter keeps the order of its pushes.
 * Calls `finishing` when all pictures are in.
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
  finishing: () => void,
): Promise<Detector> {
  const { signal } = work;
  const fitter = await Fitter.create(model, { ...options, signal });
  try {
    await eachInLanes(pictures, work, async ({ file, output }) => {
      const pushed = fitter.push(file, output, { signal }).then(() => true);
      if (!(await unlessUnreadable(pushed))) unread(file);
    });
    finishing();
    return await fitter.finish({ idPassRate, signal });
  } finally {
    fitter.dispose();
  }
}
