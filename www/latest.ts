/** Work that is only of interest until newer work comes: one piece at a time, and of those that come meanwhile only the last. */
export class Latest {
  readonly #busy: (busy: boolean) => void;
  #next: (() => Promise<void>) | undefined;
  #running = false;

  /** Tells whether there is work. */
  constructor(busy: (busy: boolean) => void) {
    this.#busy = busy;
  }

  /** Takes work, which must not fail. */
  async run(work: () => Promise<void>): Promise<void> {
    this.#next = work;
    if (this.#running) return;
    this.#running = true;
    this.#busy(true);
    for (let now; (now = this.#next); ) {
      this.#next = undefined;
      await now();
    }
    this.#running = false;
    this.#busy(false);
  }
}
