/** Work on many pictures, several at a time. */
import { codeOf } from "./errors";

export type Work = { signal: AbortSignal; onProgress(done: number, bytes: number): void };

/** As many as this device works on at a time; more than four are seldom worth their memory. */
const lanes = () => Math.min(4, navigator.hardwareConcurrency || 2);

/** Handles each item, in the order of the list, and tells how many are done and their bytes. */
export async function eachInLanes<T extends { file: File }>(
  items: T[],
  { onProgress }: Work,
  handle: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  let [done, bytes] = [0, 0];
  const lane = async () => {
    for (const item of queue) {
      await handle(item);
      done++;
      bytes += item.file.size;
      onProgress(done, bytes);
    }
  };
  await Promise.all(Array.from({ length: lanes() }, lane));
}

/** What is made of a picture; nothing where that picture alone is at fault. */
export async function unlessUnreadable<T>(made: Promise<T>): Promise<T | undefined> {
  try {
    return await made;
  } catch (error) {
    if (["input-kind", "image-size"].includes(codeOf(error) ?? "")) return undefined;
    throw error;
  }
}
