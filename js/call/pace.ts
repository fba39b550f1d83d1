import type { BatchOptions } from "../types.js";
import { checkAborted } from "./abort.js";

/**
 * Half a frame, in milliseconds: chunks of about this length keep a page fluid and are large enough
 * to be fast.
 */
const CHUNK = 8;

/**
 * Cuts work on `total` samples into ranges of at least `least`, and lets the page handle events in
 * between. The ranges adapt to the time that the work takes; a pause that comes after less than
 * half of such a time would cost more than it gives.
 */
export async function* chunks(
  total: number,
  { onProgress, signal }: BatchOptions,
  least = 1,
): AsyncGenerator<[from: number, to: number], void> {
  let rested = performance.now();
  for (let from = 0, size = least; from < total; ) {
    checkAborted(signal);
    const [start, to] = [performance.now(), Math.min(from + size, total)];
    yield [from, to];
    size = nextSize(size, performance.now() - start, CHUNK, least);
    from = to;
    onProgress?.({ done: to, total });
    if (performance.now() - rested < CHUNK / 2 && to < total) continue;
    await breathe();
    rested = performance.now();
  }
  checkAborted(signal);
}

/**
 * Size of the next chunk, given how long the last one took and how long each should take, both in
 * milliseconds.
 */
export function nextSize(size: number, took: number, wanted: number, least: number): number {
  return took < wanted ? size * 2 : Math.max(least, size >> 1);
}

/**
 * Lets the page handle whatever has come up: events, frames, timers, responses from the network.
 *
 * By a message, because a timer waits four milliseconds when many follow one another, and
 * `scheduler.yield` lets no timer pass. By a timer where there are no messages, as in jsdom.
 */
export function breathe(): Promise<void> {
  return new Promise((resolve) => {
    if (typeof MessageChannel === "undefined") return void setTimeout(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
