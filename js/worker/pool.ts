import { checkAborted, unlessAborted, withSignals } from "../call/abort.js";
import { Pace } from "../call/pace.js";
import { SheError } from "../error.js";
import { isBitmap } from "../input/realm.js";
import type { BatchOptions } from "../types.js";
import { type Call, Link } from "./link.js";

/** Default limit on the milliseconds of a call. */
const TIMEOUT = 60_000;

/**
 * Milliseconds of work in one call of a batch: long compared with the cost of sending it, short
 * for waiting calls.
 */
const CHUNK = 30;

/** A call that waits for a thread. */
interface Job {
  call: Call;
  /** A thread takes the call. */
  begin: (() => void) | undefined;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** The part of `WorkerOptions` that a pool needs. */
interface Crew {
  workers?: number;
  timeout?: number;
  signal?: AbortSignal;
}

const pools = new Set<Pool>();
/** Aborts the loads under way. */
let loads = new AbortController();

/**
 * Ends all workers and loads at once. Their calls reject with `disposed`, and so do later calls on
 * their detectors and fitters. Objects loaded afterwards get new workers.
 */
export function terminate(): void {
  loads.abort(disposed("terminated"));
  loads = new AbortController();
  for (const pool of pools) pool.close("terminated");
}

/** Runs `work` with a signal that both the given one and {@linkcode terminate} abort. */
export function untilTerminated<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withSignals([signal, loads.signal], work);
}

/**
 * Interchangeable threads, which take calls in turn. The first starts with the pool, each further
 * one when calls wait and no thread is free. Another thread replaces one that crashes or hangs:
 * threads hold nothing that their setup cannot rebuild.
 */
export class Pool {
  /** Calls that each thread begins with. */
  readonly #setup: Call[];
  /** Most threads; fewer after one could not be started. */
  #size: number;
  readonly #pace = new Pace(CHUNK);
  readonly #timeout: number;
  readonly #links = new Set<Link>();
  readonly #idle = new Set<Link>();
  readonly #queue: Job[] = [];
  #closed: SheError | undefined;

  private constructor(setup: Call[], size: number, timeout: number) {
    this.#setup = setup;
    this.#size = size;
    this.#timeout = timeout;
    pools.add(this);
  }

  /** Opens a pool and its first thread; returns the pool and the result of the last setup call. */
  static async open<T>(
    setup: Call[],
    { workers = cores(), timeout = TIMEOUT, signal }: Crew,
  ): Promise<[Pool, T]> {
    checkAborted(signal);
    const pool = new Pool(setup, workers, timeout);
    try {
      return [pool, (await unlessAborted(pool.#hire(), signal)) as T];
    } catch (error) {
      pool.close("not started");
      throw error;
    }
  }

  /** Sends a call to the first free thread; `begin` is told when there is one. */
  call<T>(call: Call, signal?: AbortSignal, begin?: () => void): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    const { promise, resolve, reject } = settleable<unknown>();
    const job: Job = { call, begin, resolve, reject };
    this.#queue.push(job);
    this.#assign();
    // An abort drops a waiting call; a thread finishes one under way, and its answer is ignored.
    return unlessAborted(promise, signal, () => this.#drop(job)) as Promise<T>;
  }

  /** Throws if the pool is closed. */
  check(): void {
    if (this.#closed) throw this.#closed;
  }

  /**
   * Splits work on `total` samples among the threads, by whole batches; each gets some more when it
   * has done the last. Appends results to `parts` in the order of the samples. After a failure it
   * throws, and leaves out the results behind it.
   */
  async spread<T>(
    total: number,
    { onProgress, signal }: BatchOptions,
    work: (from: number, to: number) => Call,
    parts: T[],
    batch = 1,
  ): Promise<void> {
    /** Results that wait for those before them, by their first sample. */
    const results = new Map<number, { part: T; to: number }>();
    const failures: { from: number; error: unknown }[] = [];
    let [next, done] = [0, 0];
    /** Each thread has its share, of whole batches. */
    const share = batch * Math.ceil(total / this.#size / batch);
    const append = () => {
      for (let result = results.get(done); result; result = results.get(done)) {
        parts.push(result.part);
        done = result.to;
      }
      onProgress?.({ done, total });
    };
    const lane = async () => {
      while (next < total && failures.length === 0) {
        const size = Math.min(this.#pace.next(batch), share);
        const [from, to] = [next, Math.min(next + size, total)];
        next = to;
        // Not the time that a thread takes to start.
        let start = 0;
        const begin = () => {
          start = performance.now();
        };
        try {
          checkAborted(signal);
          results.set(from, { part: await this.call<T>(work(from, to), signal, begin), to });
          this.#pace.learn(to - from, performance.now() - start);
          append();
        } catch (error) {
          failures.push({ from, error });
        }
      }
    };
    await Promise.all(Array.from({ length: this.#size }, lane));
    const [first] = failures.sort((one, other) => one.from - other.from);
    if (first) throw first.error;
  }

  /** Ends all threads at once, and rejects their calls and those that wait. */
  close(how: string): void {
    pools.delete(this);
    this.#closed ??= disposed(how);
    for (const job of [...this.#queue]) {
      this.#drop(job);
      job.reject(this.#closed);
    }
    for (const link of this.#links) link.end(this.#closed);
  }

  /** Takes a waiting call out of the queue, and closes the bitmaps that it holds. */
  #drop(job: Job): void {
    const index = this.#queue.indexOf(job);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    for (const item of job.call.transfer ?? []) if (isBitmap(item)) item.close();
  }

  /** Gives waiting calls to idle threads, and starts another thread if some still wait. */
  #assign(): void {
    for (const link of this.#idle) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#idle.delete(link);
      job.begin?.();
      // Free the thread before the caller continues, who may call again at once.
      const answered = link.ask(job.call).finally(() => this.#release(link));
      answered.then(job.resolve, job.reject);
    }
    if (this.#queue.length > 0 && this.#links.size < this.#size)
      this.#hire().catch((error: unknown) => this.#makeDo(error));
  }

  #release(link: Link): void {
    if (this.#links.has(link)) this.#idle.add(link);
    this.#assign();
  }

  /** Starts a thread and runs its setup; returns the result of the last call. */
  async #hire(): Promise<unknown> {
    const link = new Link(this.#timeout, (link) => {
      this.#links.delete(link);
      this.#idle.delete(link);
    });
    this.#links.add(link);
    let value: unknown;
    try {
      for (const call of this.#setup) value = await link.ask(call);
    } catch (error) {
      link.end(error);
      throw error;
    }
    this.#release(link);
    return value;
  }

  /** A thread failed to start: continue with the rest, or fail the first call if there are none. */
  #makeDo(error: unknown): void {
    if (this.#closed) return;
    if (this.#links.size > 0) {
      console.warn(
        `she-ood continues with ${this.#links.size} of ${this.#size} workers, because another ` +
          `could not be started: ${String(error)}`,
      );
      this.#size = this.#links.size;
    } else {
      this.#queue.shift()?.reject(error);
      this.#assign();
    }
  }
}

/** A promise with the functions that settle it. */
function settleable<T>() {
  let settle!: Pick<Job, "resolve" | "reject">;
  const promise = new Promise<T>((resolve, reject) => {
    settle = { resolve: resolve as Job["resolve"], reject };
  });
  return { promise, ...settle };
}

function disposed(how: string): SheError {
  return new SheError("disposed", `the workers were ${how}: load or create again to go on`);
}

/** Default number of threads. More than four are seldom worth their memory. */
function cores(): number {
  return Math.min(4, globalThis.navigator?.hardwareConcurrency || 2);
}
