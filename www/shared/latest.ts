/** Work, and what shows its result. */
export type Work = () => Promise<() => void>;

/**
 * Work that is only of interest until newer work comes: one piece at a time, and of those that come
 * meanwhile only the last.
 */
export class Latest {
  readonly #busy: (busy: boolean) => void;
  readonly #failed: (error: unknown) => void;
  #next: Work | undefined;
  #running = false;
  /** How often all work was dropped. */
  #drops = 0;

  /** Tells whether there is work, and of each piece that fails; newer work goes on all the same. */
  constructor(busy: (busy: boolean) => void, failed: (error: unknown) => void) {
    this.#busy = busy;
    this.#failed = failed;
  }

  /** Takes work. */
  async run(work: Work): Promise<void> {
    this.#next = work;
    if (this.#running) return;
    this.#running = true;
    try {
      this.#busy(true);
      for (let now; (now = this.#next); ) await this.#try(now);
    } finally {
      // Whatever happens, as nothing would be run ever again.
      this.#running = false;
      this.#busy(false);
    }
  }

  /** Forgets what waits, and shows nothing of what is under way. */
  drop(): void {
    this.#next = undefined;
    this.#drops++;
  }

  async #try(work: Work): Promise<void> {
    this.#next = undefined;
    const before = this.#drops;
    try {
      const show = await work();
      if (before === this.#drops) show();
    } catch (error) {
      if (before === this.#drops) this.#failed(error);
    }
  }
}
