/**
 * Decides which samples of a fit are put aside for the choice and the judgement: every fourth of a
 * class, so many of a class and in all. `src/fit/probes.rs` decides the same.
 */
export class Probes {
  readonly #ofClass: number;
  readonly #most: number;
  /** Number of samples of each class so far. */
  readonly #seen = new Map<number, number>();
  #taken = 0;

  constructor([ofClass, most]: [number, number]) {
    this.#ofClass = ofClass;
    this.#most = most;
  }

  /**
   * Takes the next samples by their classes. Returns the number within its class of each that is
   * put aside, else 0.
   */
  next(classes: Uint32Array): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(classes, (index) => this.#number(index));
  }

  #number(index: number): number {
    const seen = this.#seen.get(index) ?? 0;
    this.#seen.set(index, seen + 1);
    const number = seen / EVERY;
<<<<<<< HEAD
    const isProbe = Number.isInteger(number) && number <= this.#ofClass && this.#taken < this.#most;
=======
    const isFourth = Number.isInteger(number) && number > 0;
    const isProbe = isFourth && number <= this.#ofClass && this.#taken < this.#most;
>>>>>>> main
    if (isProbe) this.#taken++;
    return isProbe ? number : 0;
  }
}

/** Of the samples of a class, every so many is put aside. */
const EVERY = 4;
