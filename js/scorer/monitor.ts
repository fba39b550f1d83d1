import { optionsOf } from "../call/options.js";
import { madeByNew, SheError } from "../error.js";
import type { Info } from "../info.js";
import { Fleet as WasmFleet, Monitor as WasmMonitor } from "../she_ood_scorer.js";
import { guarded, Held, ready } from "./instance.js";

/** Options of a {@linkcode Monitor}. */
export interface MonitorOptions {
  /** Probability of a false alarm, over all time, between 0 and 1. Default: 0.01. */
  alpha?: number;
  /** Number of the last samples whose flag rate is reported, 20 to 1,000. Default: 200. */
  window?: number;
  /** Name of the device, at most 64 bytes: those of a fleet must differ. Default: `monitor`. */
  id?: string;
}

/** What a {@linkcode Monitor} compares with: a `Scorer`, a `Detector`, or scores. */
export type MonitorReference =
  | { info: Info; calibration(): Float32Array | Promise<Float32Array> }
  | {
      /** Scores of known samples, in any order. */
      scores: ArrayLike<number>;
      /** Share of known samples that the threshold is to pass, 0 to 1. */
      idPassRate: number;
    };

/** How many of some samples were flagged, beside the promise. */
export interface FlagRate {
  samples: number;
  /** Number of them above the threshold. */
  flagged: number;
  /** `flagged / samples`; `null` without samples. */
  rate: number | null;
  /** Probability that as many are flagged where nothing has changed, for one planned look. */
  pValue: number;
}

/** A change of the stream. */
export interface Alarm {
  /** Number of the sample that gave the alarm, counted from 1. */
  sample: number;
  /** An estimate of when the change began: the sample since which the evidence has grown. */
  since: number;
  /** Whether scores became higher, so that there are more strangers. */
  higher: boolean;
}

/** What a monitor has found. */
export interface MonitorReport {
  /** The change; `null` while there is none. */
  alarm: Alarm | null;
  /** Evidence of a change, a base 10 logarithm: the alarm comes at `-log10(alpha)`. */
  evidence: number;
  /** All samples. */
  all: FlagRate;
  /** The last samples. */
  window: FlagRate;
}

/** What the monitors of a fleet have found. */
export interface FleetReport {
  /** Number of devices. */
  devices: number;
  /** Ids of the devices that have changed: any is in vain with a probability of alpha at most. */
  changed: string[];
  /** Base 10 logarithm of the devices' mean wealth, for one planned look. */
  evidence: number;
  /** All samples of all devices. */
  all: FlagRate;
  /** The last samples of all devices. */
  window: FlagRate;
}

/**
 * Says when a stream of samples is no longer like known ones, with a false alarm at most with the
 * probability `alpha`, however long the stream. Samples must not follow from the ones before: take
 * frames of a camera where the scene is new.
 *
 * ```js
 * const monitor = await Monitor.create(scorer);
 * if (monitor.push(scorer.score(features))) alert("What you show me has changed");
 * localStorage.monitor = monitor.toJSON();
 * ```
 *
 * It holds WebAssembly memory: call {@linkcode Monitor.dispose} when done.
 */
export class Monitor {
  readonly #held: Held<WasmMonitor>;

  private constructor(wasm: WasmMonitor) {
    if (!(wasm instanceof WasmMonitor)) throw madeByNew(new.target);
    this.#held = new Held(wasm);
  }

  /**
   * A monitor that compares with the scores that calibrated a detector, or with scores of your own.
   *
   * @throws {@linkcode SheError} `invalid-option`; `not-finite`; `invalid-monitor` for too few
   * scores and for a detector that was taught by examples; `load-failed` for the WebAssembly.
   */
  static async create(reference: MonitorReference, options?: MonitorOptions): Promise<Monitor> {
    const { alpha, window, id } = optionsOf(options);
    const { scores, idPassRate } = await scoresOf(reference);
    await ready({});
    const values = Float32Array.from(scores);
    return new Monitor(guarded(() => WasmMonitor.create(values, idPassRate, alpha, window, id)));
  }

  /**
   * Goes on from what `toJSON` returned.
   *
   * @throws {@linkcode SheError} `invalid-monitor` or `invalid-option`; `load-failed`.
   */
  static async fromJSON(json: string): Promise<Monitor> {
    await ready({});
    return new Monitor(guarded(() => WasmMonitor.fromJson(`${json}`)));
  }

  /**
   * Merges what monitors of one detector saved, each of another device, in any order. Results of
   * earlier merges count as well.
   *
   * @returns What the fleet has found, and the fleet as JSON.
   * @throws {@linkcode SheError} `invalid-monitor` for snapshots that do not belong together, and
   * for a device that comes twice; `load-failed`.
   */
  static async merge(snapshots: string[]): Promise<{ report: FleetReport; json: string }> {
    const [first, ...others] = snapshots;
    if (first === undefined)
      throw new SheError("invalid-monitor", "no snapshots were given, at least one is needed");
    await ready({});
    const fleet = guarded(() => WasmFleet.fromJson(`${first}`));
    try {
      for (const other of others) guarded(() => fleet.merge(`${other}`));
      return guarded(() => ({ report: fleet.report() as FleetReport, json: fleet.toJson() }));
    } finally {
      guarded(() => fleet.free());
    }
  }

  /**
   * Takes the next report. Returns whether there is an alarm, which lasts until `reset`.
   *
   * @throws {@linkcode SheError} `not-finite` for NaN, `disposed`.
   */
  push({ score }: { score: number }): boolean {
    return guarded(() => this.#held.object.push(score));
  }

  /** What it has found so far. */
  get report(): MonitorReport {
    return guarded(() => this.#held.object.report() as MonitorReport);
  }

  /** The monitor as JSON, less than 4 kB; no scores of samples, nothing of pictures. */
  toJSON(): string {
    return guarded(() => this.#held.object.toJson());
  }

  /** Starts over: forgets the alarm and all samples. */
  reset(): void {
    guarded(() => this.#held.object.reset());
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#held.free();
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }
}

async function scoresOf(reference: MonitorReference) {
  if ("scores" in reference) return reference;
  if (reference.info.taught?.leaveOneOut)
    throw new SheError(
      "invalid-monitor",
      "the detector was calibrated on the examples that it was taught, whose scores are higher " +
        "than those of new samples: give the first scores of the stream as { scores, idPassRate }",
    );
  return { scores: await reference.calibration(), idPassRate: reference.info.idPassRate };
}
