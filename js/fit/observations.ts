import type { Observed } from "../wasm/calls.js";
import { countHeldOut } from "./hold-out.js";

/** The samples of a fit so far, kept outside WebAssembly so that they survive its crashes. */
export class Observations {
  /** The parts of each push, in the order of the pushes. */
  #pushes: Observed[][] = [];

  /** Adds a push and returns its list, to which its parts are appended as they come. */
  begin(): Observed[] {
    const push: Observed[] = [];
    this.#pushes.push(push);
    return push;
  }

  get all(): Observed[] {
    return this.#pushes.flat();
  }

  /** Number of samples to fit on, and of those held out at this share. */
  counts(holdOut: number): { fit: number; calibration: number } {
    const each = new Map<number, number>();
    let total = 0;
    for (const { classes } of this.all) {
      for (const index of classes) each.set(index, (each.get(index) ?? 0) + 1);
      total += classes.length;
    }
    const calibration = countHeldOut(each.values(), holdOut);
    return { fit: total - calibration, calibration };
  }

  /** Takes all samples of another, and leaves it empty. */
  take(other: Observations): void {
    this.#pushes.push(...other.#pushes);
    other.clear();
  }

  clear(): void {
    this.#pushes = [];
  }
}
