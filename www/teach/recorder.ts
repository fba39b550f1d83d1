/** Decides which frames become examples while a button is held. */

/** Milliseconds between two examples. */
const EVERY = 150;
/** Mean difference of brightness, of 255, below which two frames count as the same. */
const LEAST_CHANGE = 2.5;
/** Cells a side at which frames are compared: coarse, as a sensor's noise is no change. */
const CELLS = 16;

export type Decision = "take" | "wait" | "same";

export class Recorder<Class> {
  #held: Class | undefined;
  /** Of a press that was too short for a frame. */
  #owed: Class | undefined;
  #last: { time: number; cells: Float32Array } | undefined;

  /** The class that frames are recorded for, until `release`: at least one. */
  hold(held: Class): void {
    this.#held = held;
    this.#owed = held;
    this.#last = undefined;
  }

  release(): void {
    this.#held = undefined;
  }

  /** Forgets a press for which there was no frame. */
  drop(): void {
    this.#held = undefined;
    this.#owed = undefined;
  }

  get isHeld(): boolean {
    return this.#held !== undefined;
  }

  get recorded(): Class | undefined {
    return this.#held ?? this.#owed;
  }

  /** Says what to do with a frame that comes while there is a recorded class. */
  decide(pixels: ImageData, now: number): Decision {
    if (this.#last && now - this.#last.time < EVERY) return "wait";
    const cells = brightnessOf(pixels);
    if (this.#last && differenceOf(cells, this.#last.cells) < LEAST_CHANGE) return "same";
    this.#last = { time: now, cells };
    this.#owed = undefined;
    return "take";
  }
}

/** Mean brightness of each cell of a grid over the picture. */
export function brightnessOf({ data, width, height }: ImageData): Float32Array {
  const sums = new Float32Array(CELLS * CELLS);
  const counts = new Float32Array(CELLS * CELLS);
  // Every fourth pixel a side is enough.
  for (let y = 0; y < height; y += 4)
    for (let x = 0; x < width; x += 4) {
      const cell = Math.floor((y * CELLS) / height) * CELLS + Math.floor((x * CELLS) / width);
      const i = 4 * (y * width + x);
      const [red = 0, green = 0, blue = 0] = [data[i], data[i + 1], data[i + 2]];
      sums[cell] = (sums[cell] ?? 0) + (red + green + blue) / 3;
      counts[cell] = (counts[cell] ?? 0) + 1;
    }
  return sums.map((sum, cell) => sum / Math.max(1, counts[cell] ?? 1));
}

export function differenceOf(one: Float32Array, other: Float32Array): number {
  const sum = one.reduce((total, value, i) => total + Math.abs(value - (other[i] ?? 0)), 0);
  return sum / one.length;
}
