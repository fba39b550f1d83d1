import type { BatchOptions } from "../types.js";
import { checkAborted } from "./abort.js";

/**
 * Half a frame, in milliseconds: chunks of about this length keep a page fluid and are large enough
 * to be fast.
 */
const CHUNK = 8;

/** Node only. Read once, because test frameworks replace it with a fake. */
const { setImmediate: immediate } = globalThis as {
  setImmediate?: (callback: () => void) => void;
};

/** When the last pause ended. */
let rested = Number.NEGATIVE_INFINITY;

/**
 * Chooses how many samples a chunk has, so that each takes about the same time. A call starts with
 * the size that the last one ended with.
 */
export class Pace {
  readonly #wanted: number;
  #size = 1;

  /** `wanted` is the time of a chunk, in milliseconds. */
  constructor(wanted = CHUNK) {
    this.#wanted = wanted;
  }

  /** Size of the next chunk, a multiple of `batch`: a part of one takes as long as all of it. */
  next(batch: number): number {
    return batch * Math.max(1, Math.floor(this.#size / batch));
  }

  /** Learns how many milliseconds a chunk took. */
  learn(size: number, took: number): void {
    // The last chunk of a call may be short: that it was quick tells nothing of larger ones.
    this.#size = took < this.#wanted ? Math.max(this.#size, 2 * size) : size >> 1;
  }
}

/**
 * Cuts work on `total` samples into ranges of whole batches, and lets the page handle events in
 * between. A pause sooner than half the time of a chunk after the last one, even one in an earlier
 * call, costs more than it gives.
 */
export async function* chunks(
  total: number,
  { onProgress, signal }: BatchOptions,
  pace: Pace,
  batch = 1,
): AsyncGenerator<[from: number, to: number], void> {
  for (let from = 0; from < total; ) {
    checkAborted(signal);
    const [start, to] = [performance.now(), Math.min(from + pace.next(batch), total)];
    yield [from, to];
    pace.learn(to - from, performance.now() - start);
    from = to;
    onProgress?.({ done: to, total });
    // The fake clock of a test may go backwards.
    if (Math.abs(performance.now() - rested) > CHUNK / 2) await breathe();
  }
  checkAborted(signal);
}

/**
 * Lets the page handle whatever has come up: events, frames, timers, responses from the network.
 *
 * By a message, because a timer waits four milliseconds when many follow one another, and
 * `scheduler.yield` lets no timer pass. By `setImmediate` in Node, where a channel takes long. By a
 * timer where there are neither, as in jsdom.
 */
export async function breathe(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (immediate) return immediate(resolve);
    if (typeof MessageChannel === "undefined") return void setTimeout(resolve);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
  rested = performance.now();
}
