/** Features of samples, end to end, and the class of each. */
export interface Observed {
  rows: Float32Array;
  labels: Uint32Array;
}

/** What a fit has seen so far: kept here, where no failure of WebAssembly loses it. */
export class Observations {
  /** What each push has given, in the order of the pushes. */
  #pushes: Observed[][] = [];

  /** The place for what the next push gives, part by part. */
  begin(): Observed[] {
    const push: Observed[] = [];
    this.#pushes.push(push);
    return push;
  }

  get all(): Observed[] {
    return this.#pushes.flat();
  }

  /** Number of samples to fit on, and of those held out, when this share of each label is. */
  counts(holdOut: number): { fit: number; calibration: number } {
    const each = new Map<number, number>();
    for (const { labels } of this.all) labels.forEach((label) => each.set(label, (each.get(label) ?? 0) + 1));
    const sum = (count: (samples: number) => number) => [...each.values()].reduce((sum, samples) => sum + count(samples), 0);
    const calibration = sum((samples) => Math.floor(samples * holdOut));
    return { fit: sum((samples) => samples) - calibration, calibration };
  }

  /** Takes all of another, which is empty then. */
  take(other: Observations): void {
    this.#pushes.push(...other.#pushes);
    other.clear();
  }

  clear(): void {
    this.#pushes = [];
  }
}
