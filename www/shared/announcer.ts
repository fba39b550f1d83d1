/** Tells a screen reader what changes, but not at the rate of a camera. */

/** Milliseconds that something must last to be told. */
const LASTING = 800;

export class Announcer {
  readonly #region: HTMLElement;
  #words = "";
  #timer = 0;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  say(words: string): void {
    if (words === this.#words) return;
    this.#words = words;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.#region.textContent = words;
    }, LASTING);
  }
}
