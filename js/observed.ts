import { heldOut } from "./share.js";

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

  /** Number of samples to fit on, and of those held out, when this share is. */
  counts(holdOut: number): { fit: number; calibration: number } {
    const each = new Map<number, number>();
    for (const { labels } of this.all)
      labels.forEach((label) => each.set(label, (each.get(label) ?? 0) + 1));
    const all = this.all.reduce((sum, { labels }) => sum + labels.length, 0);
    const calibration = heldOut(each.values(), holdOut);
    return { fit: all - calibration, calibration };
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
