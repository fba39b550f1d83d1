import { checkAborted, unlessAborted, withSignals } from "../call/abort.js";
import { SheError } from "../error.js";
import { nextSize } from "../call/pace.js";
import { isBitmap, shown } from "../input/realm.js";
import type { BatchOptions } from "../types.js";
import { type Call, Link } from "./link.js";

/**
 * Milliseconds that a thread may take over a call unless it is said: what takes longer on any
 * device hangs.
 */
const TIMEOUT = 60_000;

/**
 * Milliseconds of work that are given to a thread at a time: long against what sending them costs,
 * short for who waits.
 */
const CHUNK = 30;

interface Job {
  call: Call;
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

/** What of `WorkerOptions` a pool needs to know. */
interface Crew {
  workers?: number;
  timeout?: number;
  signal?: AbortSignal;
}

const pools = new Set<Pool>();
/** Ends what is still being loaded. */
let ending = new AbortController();

/**
 * Ends all workers at once, and all that is being loaded into some. What they were doing is
 * rejected with `disposed`, as is all that is asked of their detectors and fitters afterwards; what
 * is loaded later has workers of its own.
 */
export function terminate(): void {
  ending.abort(ended("terminated"));
  ending = new AbortController();
  for (const pool of pools) pool.close("terminated");
}

/** Runs `work` with a signal that the given one and {@linkcode terminate} abort. */
export function untilTerminated<T>(
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  return withSignals([signal, ending.signal], work);
}

/**
 * Threads that are alike, and do what is asked of them in turn. The second and further ones are
 * started when there is more to do than those before can, and those that crash or hang are
 * replaced; they hold nothing that cannot be made anew.
 */
export class Pool {
  readonly #setup: Call[];
  /** The most threads; fewer once one could not be started. */
  #size: number;
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

  /**
   * A pool whose first thread is there, and what the last call of its setup gave. Each thread
   * begins with that setup.
   */
  static async open<T>(
    setup: Call[],
    { workers = cores(), timeout = TIMEOUT, signal }: Crew,
  ): Promise<[Pool, T]> {
    if (!Number.isInteger(workers) || workers < 1) {
      throw new SheError(
        "invalid-option",
        `the number of workers is a whole number from 1, not ${shown(workers)}`,
      );
    }
    if (typeof timeout !== "number" || !(timeout > 0)) {
      throw new SheError(
        "invalid-option",
        `the timeout is a number of milliseconds above 0, Infinity for none, not ${shown(timeout)}`,
      );
    }
    checkAborted(signal);
    const pool = new Pool(setup, workers, timeout);
    try {
      return [pool, (await unlessAborted(pool.#hire(), signal)) as T];
    } catch (error) {
      pool.close("not started");
      throw error;
    }
  }

  /** Asks whichever thread is free first. */
  call<T>(call: Call, signal?: AbortSignal): Promise<T> {
    if (this.#closed) return Promise.reject(this.#closed);
    let job: Job;
    const answer = new Promise<unknown>((resolve, reject) =>
      this.#queue.push((job = { call, resolve, reject })),
    );
    this.#assign();
    // What waits is never begun; what is under way is let run, and its answer forgotten.
    return unlessAborted(answer, signal, () => this.#drop(job)) as Promise<T>;
  }

  /** Refuses to go on when it is closed. */
  check(): void {
    if (this.#closed) throw this.#closed;
  }

  /**
   * Splits work on so many samples among the threads, each of which is asked for some more, `least`
   * or more, when it is done with the last. Adds the parts to `parts` as soon as all before them
   * are there; when one fails, what comes after it is left out.
   */
  async spread<T>(
    total: number,
    { onProgress, signal }: BatchOptions,
    work: (from: number, to: number) => Call,
    parts: T[],
    least = 1,
  ): Promise<void> {
    const results = new Map<number, { part: T; to: number }>();
    let [next, done] = [0, 0];
    const failures: { from: number; error: unknown }[] = [];
    const keep = () => {
      for (let result; (result = results.get(done)); done = result.to) parts.push(result.part);
      onProgress?.({ done, total });
    };
    const lane = async () => {
      for (let chunk = least; next < total && failures.length === 0; ) {
        const [from, to, start] = [next, Math.min(next + chunk, total), performance.now()];
        next = to;
        try {
          checkAborted(signal);
          results.set(from, { part: await this.call<T>(work(from, to), signal), to });
          keep();
        } catch (error) {
          failures.push({ from, error });
        }
        chunk = nextSize(chunk, performance.now() - start, CHUNK, least);
      }
    };
    await Promise.all(Array.from({ length: this.#size }, lane));
    const [first] = failures.sort((one, other) => one.from - other.from);
    if (first) throw first.error;
  }

  /** Ends all threads at once; what they hold and what waits is rejected. */
  close(how: string): void {
    pools.delete(this);
    this.#closed ??= ended(how);
    for (const job of [...this.#queue]) {
      this.#drop(job);
      job.reject(this.#closed);
    }
    for (const link of this.#links) link.end(this.#closed);
  }

  /** Takes out what is not begun, and what would have been handed over with it. */
  #drop(job: Job): void {
    const index = this.#queue.indexOf(job);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    for (const item of job.call.transfer ?? []) if (isBitmap(item)) item.close();
  }

  #assign(): void {
    for (const link of this.#idle) {
      const job = this.#queue.shift();
      if (!job) return;
      this.#idle.delete(link);
      // Free before its caller goes on, who may ask again at once.
      const answered = link.ask(job.call).finally(() => this.#free(link));
      answered.then(job.resolve, job.reject);
    }
    if (this.#queue.length > 0 && this.#links.size < this.#size)
      this.#hire().catch((error: unknown) => this.#short(error));
  }

  #free(link: Link): void {
    if (this.#links.has(link)) this.#idle.add(link);
    this.#assign();
  }

  async #hire(): Promise<unknown> {
    const link = new Link(this.#timeout, (link) =>
      [this.#links, this.#idle].forEach((set) => set.delete(link)),
    );
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

  /**
   * Goes on with the threads that there are, and tries for no more; where there is none, what waits
   * longest fails.
   */
  #short(error: unknown): void {
    if (this.#closed) return;
    if (this.#links.size > 0) return this.#shrink(error);
    this.#queue.shift()?.reject(error);
    this.#assign();
  }

  #shrink(error: unknown): void {
    console.warn(
      `she-ood goes on with ${this.#links.size} of ${this.#size} workers, as another could not be started: ${String(error)}`,
    );
    this.#size = this.#links.size;
  }
}

function ended(how: string): SheError {
  return new SheError("disposed", `the workers were ${how}, load or create anew to go on`);
}

/**
 * The threads that this machine works with at a time; more than four are seldom worth their memory.
 */
function cores(): number {
  return Math.min(4, globalThis.navigator?.hardwareConcurrency || 2);
}
