import { SheError } from "../error.js";
import { paced } from "../pace.js";
import type { BatchOptions } from "../types.js";
import { type Call, Link } from "./link.js";

/** Milliseconds of work that are given to a thread at a time: long against what sending them costs, short for who waits. */
const CHUNK = 30;

interface Job {
  call: Call;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

const pools = new Set<Pool>();

/**
 * Ends all workers at once. What they were doing is rejected with `disposed`, as is all that is asked of their detectors and fitters
 * afterwards; what is loaded later has workers of its own.
 */
export function terminate(): void {
  for (const pool of pools) pool.close("terminated");
}

/**
 * Threads that are alike, and do what is asked of them in turn. The second and further ones are started when there is more to do than
 * those before can, and those that crash are replaced; they hold nothing that cannot be made anew.
 */
export class Pool {
  readonly #setup: Call[];
  readonly #links = new Set<Link>();
  readonly #idle = new Set<Link>();
  readonly #queue: Job[] = [];
  #size: number;
  #closed: SheError | undefined;

  private constructor(setup: Call[], size: number) {
    this.#setup = setup;
    this.#size = size;
    pools.add(this);
  }

  /** A pool whose first thread is there, and what the last call of its setup gave. Each thread begins with that setup. */
  static async open<T>(setup: Call[], { workers = cores(), signal }: { workers?: number; signal?: AbortSignal }): Promise<[Pool, T]> {
    if (!Number.isInteger(workers) || workers < 1) {
      throw new SheError("invalid-option", `the number of workers is a whole number from 1, not ${workers}`);
    }
    signal?.throwIfAborted();
    const pool = new Pool(setup, workers);
    try {
      return [pool, (await unlessAborted(pool.#hire(), signal)) as T];
    } catch (error) {
      pool.close("not started");
      throw error;
    }
  }

  /** The most calls that are worked on at a time. */
  get size(): number {
    return this.#size;
  }

  /** Asks whichever thread is free first. */
  call<T>(call: Call, signal?: AbortSignal): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    let job: Job;
    const answer = new Promise<unknown>((resolve, reject) => this.#queue.push((job = { call, resolve, reject })));
    this.#assign();
    // What waits is never begun; what is under way is let run, and its answer forgotten.
    const cancel = () => this.#queue.includes(job) && this.#queue.splice(this.#queue.indexOf(job), 1);
    return unlessAborted(answer, signal, cancel) as Promise<T>;
  }

  /**
   * Splits work on so many samples among the threads, each of which is asked for some more when it is done with the last. Puts the
   * parts into `parts`, in the order of the samples; when one fails, what comes after it is left out.
   */
  async spread<T>(total: number, { onProgress, signal }: BatchOptions, work: (from: number, to: number) => Call, parts: T[]): Promise<void> {
    let [next, done, place, chunk] = [0, 0, 0, 1];
    const results = new Map<number, T>();
    const lane = async () => {
      while (next < total) {
        signal?.throwIfAborted();
        const [from, to, mine, start] = [next, Math.min(next + chunk, total), place++, performance.now()];
        next = to;
        results.set(mine, await this.call<T>(work(from, to), signal));
        chunk = paced(chunk, performance.now() - start, CHUNK);
        onProgress?.({ done: (done += to - from), total });
      }
    };
    const stop = (error: unknown) => {
      next = total;
      throw error;
    };
    const lanes = await Promise.allSettled(Array.from({ length: this.#size }, () => lane().catch(stop)));
    for (let i = 0; results.has(i); i++) parts.push(results.get(i)!);
    const failed = lanes.find((lane) => lane.status === "rejected");
    if (failed) throw failed.reason;
  }

  /** Ends all threads at once; what they hold and what waits is rejected. */
  close(how: string): void {
    pools.delete(this);
    this.#closed ??= new SheError("disposed", `the workers were ${how}, load or create anew to go on`);
    for (const job of this.#queue.splice(0)) job.reject(this.#closed);
    for (const link of this.#links) link.end(this.#closed);
  }

  #assign(): void {
    for (const link of this.#idle) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#idle.delete(link);
      void link.ask(job.call).then(job.resolve, job.reject).then(() => this.#free(link));
    }
    if (this.#queue.length > 0 && this.#links.size < this.#size) this.#hire().catch((error: unknown) => this.#short(error));
  }

  #free(link: Link): void {
    if (this.#links.has(link)) this.#idle.add(link);
    this.#assign();
  }

  async #hire(): Promise<unknown> {
    const link = new Link((link) => [this.#links, this.#idle].forEach((set) => set.delete(link)));
    this.#links.add(link);
    let value: unknown;
    try {
      for (const call of this.#setup) value = await link.ask(call);
    } catch (error) {
      link.end(error);
      throw error;
    }
    this.#free(link);
    return value;
  }

  /** Makes do with the threads that there are, or lets what waits longest fail where there is none. */
  #short(error: unknown): void {
    if (this.#links.size > 0) this.#size = this.#links.size;
    else this.#queue.shift()?.reject(error);
    this.#assign();
  }
}

/** The threads that this machine works with at a time; more than four are seldom worth their memory. */
function cores(): number {
  return Math.min(4, globalThis.navigator?.hardwareConcurrency ?? 2);
}

/** The promise, or the signal's reason as soon as it is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal, cancel?: () => void): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel?.();
      reject(signal.reason);
    };
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}
