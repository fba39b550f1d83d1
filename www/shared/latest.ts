/** Work that can be told to stop; resolves to what shows its result. */
export type Work = (signal: AbortSignal) => Promise<() => void>;

/**
 * Runs work of which only the newest matters: one piece at a time, and of those that come
 * meanwhile only the last. Work is stale once its signal is aborted; its outcome is then ignored.
 */
export class Latest {
  readonly #tellBusy: (busy: boolean) => void;
  readonly #fail: (error: unknown) => void;
  #next: Work | undefined;
  #running = false;
  #current = new AbortController();

  /** Calls `tellBusy` when work begins and ends, `fail` with the error of work that failed. */
  constructor(tellBusy: (busy: boolean) => void, fail: (error: unknown) => void) {
    this.#tellBusy = tellBusy;
    this.#fail = fail;
  }

  get busy(): boolean {
    return this.#running;
  }

  /** Runs work after what is under way, unless newer work comes first. */
  async run(work: Work): Promise<void> {
    this.#next = work;
    if (this.#running) return;
    this.#running = true;
    try {
      this.#tellBusy(true);
      while (this.#next) await this.#try(this.#next);
    } finally {
      // Even where `fail` throws, as nothing would ever run again.
      this.#running = false;
      this.#tellBusy(false);
    }
  }

  /** Runs work at once, in place of all other. */
  replace(work: Work): Promise<void> {
    this.drop();
    return this.run(work);
  }

  /** Forgets what waits and what is under way. */
  drop(): void {
    this.#next = undefined;
    this.#current.abort();
  }

  async #try(work: Work): Promise<void> {
    this.#next = undefined;
    this.#current = new AbortController();
    const { signal } = this.#current;
    try {
      const show = await Promise.race([work(signal), rejectOnAbort(signal)]);
      if (!signal.aborted) show();
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
    }
  }
}

/** Not all work can stop early; newer work must not wait for it. */
function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
