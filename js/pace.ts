import { checkAborted } from "./abort.js";
import type { BatchOptions } from "./types.js";

/**
 * Half a frame, in milliseconds: chunks of about this length keep a page fluid and are large enough
 * to be fast.
 */
const CHUNK = 8;

/**
 * Does work on so many samples in chunks of at least `least`, between which the page handles
 * events.
 */
export async function chunked(
  total: number,
  { onProgress, signal }: BatchOptions,
  work: (from: number, to: number) => void,
  least = 1,
): Promise<void> {
  for (let done = 0, chunk = least; done < total; ) {
    checkAborted(signal);
    const start = performance.now();
    const to = Math.min(done + chunk, total);
    work(done, to);
    done = to;
    chunk = paced(chunk, performance.now() - start, CHUNK, least);
    onProgress?.({ done, total });
    await breath();
  }
  checkAborted(signal);
}

/**
 * The size of the next chunk, when the last took so long and each should take about `wanted`, both
 * in milliseconds.
 */
export function paced(chunk: number, took: number, wanted: number, least: number): number {
  return took < wanted ? chunk * 2 : Math.max(least, chunk >> 1);
}

/**
 * Lets the page handle what has come up: events, frames, timers, answers from the network.
 *
 * By a message, as a timer waits four milliseconds where many follow one another, and
 * `scheduler.yield` lets no timer pass. By a timer where there are no messages, as in jsdom.
 */
export function breath(): Promise<void> {
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
