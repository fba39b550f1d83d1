import { number, refusal, text } from "../call/checks.js";
import { type Checks, optionsOf } from "../call/options.js";
import { madeByNew, SheError } from "../error.js";
import type { Info } from "../info.js";
import { typeName } from "../input/realm.js";
import { type Numbers, shapedValues } from "../input/values.js";
import { Fleet as WasmFleet, Monitor as WasmMonitor } from "../she_ood_monitor.js";
import type { Held } from "../wasm/lone.js";
import { instance } from "./instance.js";

/** Options of a {@linkcode Monitor}. */
export interface MonitorOptions {
  /** Probability of a false alarm, over all time, from 1e-100 to below 1. Default: 0.01. */
  alpha?: number;
  /** Number of the last samples whose flag rate is reported, 20 to 1,000. Default: 200. */
  window?: number;
  /** Name of the device, at most 64 bytes: unique within a fleet. Default: `monitor`. */
  id?: string;
}

const OPTIONS = {
  alpha: /* @__PURE__ */ number(
    "a number from 1e-100 to below 1",
    (value) => value >= 1e-100 && value < 1,
  ),
  window: /* @__PURE__ */ number(
    "a whole number from 20 to 1000",
    (value) => Number.isInteger(value) && value >= 20 && value <= 1000,
  ),
  id: text,
} satisfies Checks<MonitorOptions>;

/** What a {@linkcode Monitor} compares with: a `Scorer`, a `Detector`, or scores. */
export type MonitorReference =
  | {
      info: Info;
      /** Scores of the held-out samples that set the threshold. */
      calibration(): Float32Array | Promise<Float32Array>;
    }
  | {
      /** Scores of known samples, in any order. */
      scores: Numbers;
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
 * A monitor or a fleet that was saved: what `JSON.stringify` writes of it, which is also the
 * command line's state file, or the object that `JSON.parse` makes of that.
 */
export type MonitorSnapshot = string | object;

/**
 * Raises an alarm when a stream of samples stops looking like known ones. The probability of a
 * false alarm is at most `alpha`, however long the stream. Samples must not depend on the ones
 * before them: from a camera, take frames far enough apart to show a new scene.
 *
 * ```js
 * const monitor = await Monitor.create(scorer);
 * if (monitor.push(scorer.score(features))) alert("What you show me has changed");
 * localStorage.monitor = JSON.stringify(monitor);
 * ```
 *
 * It holds WebAssembly memory: call {@linkcode Monitor.dispose} when done.
 */
export class Monitor {
  readonly #held: Held<WasmMonitor>;

  private constructor(wasm: WasmMonitor) {
    if (!(wasm instanceof WasmMonitor)) throw madeByNew(new.target);
    this.#held = instance.hold(wasm);
  }

  /**
   * A monitor that compares with the scores that calibrated a detector, or with scores of your own.
   *
   * @throws {@linkcode SheError} `invalid-option`; `input-kind` or `not-finite` for the scores;
   * `invalid-monitor` for too few scores and for a detector that was taught by examples;
   * `load-failed` for the WebAssembly.
   */
  static async create(reference: MonitorReference, options?: MonitorOptions): Promise<Monitor> {
    const { alpha, window, id } = optionsOf(options, OPTIONS);
    const { scores, idPassRate } = await scoresOf(reference);
    await instance.ready({});
    return new Monitor(
      instance.guarded(() => WasmMonitor.create(scores, idPassRate, alpha, window, id)),
    );
  }

  /**
   * Goes on from a monitor that was saved.
   *
   * @throws {@linkcode SheError} `invalid-monitor` or `invalid-option`; `load-failed`.
   */
  static async fromJSON(snapshot: MonitorSnapshot): Promise<Monitor> {
    await instance.ready({});
    return new Monitor(instance.guarded(() => WasmMonitor.fromJson(textOf(snapshot))));
  }

  /**
   * Merges monitors of one detector that were saved, each of another device, in any order. Fleets
   * of earlier merges count as well.
   *
   * @returns What the fleet has found, and the fleet to be saved.
   * @throws {@linkcode SheError} `invalid-monitor` for snapshots that do not belong together, and
   * for a device that comes twice; `load-failed`.
   */
  static async merge(
    snapshots: Iterable<MonitorSnapshot>,
  ): Promise<{ report: FleetReport; snapshot: object }> {
    const [first, ...others] = snapshots ?? [];
    if (first === undefined)
      throw new SheError("invalid-monitor", "no snapshots were given, at least one is needed");
    await instance.ready({});
    const fleet = instance.guarded(() => WasmFleet.fromJson(textOf(first)));
    try {
      for (const other of others) instance.guarded(() => fleet.merge(textOf(other)));
      return instance.guarded(() => ({
        report: fleet.report() as FleetReport,
        snapshot: JSON.parse(fleet.toJson()),
      }));
    } finally {
      instance.guarded(() => fleet.free());
    }
  }

  /**
   * Takes the next report. Returns whether there is an alarm, which lasts until `reset`.
   *
   * @throws {@linkcode SheError} `not-finite` for NaN; `input-kind` for something without a score;
   * `disposed`.
   */
  push(report: { score: number }): boolean {
    const score: unknown = report?.score;
    if (typeof score !== "number")
      throw new SheError(
        "input-kind",
        `a score is ${typeName(score)}, allowed: a report, or { score } with a number`,
      );
    return instance.guarded(() => this.#held.object.push(score));
  }

  /** What it has found so far. */
  get report(): MonitorReport {
    return instance.guarded(() => this.#held.object.report() as MonitorReport);
  }

  /**
   * The monitor as `JSON.stringify` writes it, less than 4 kB; no scores of samples, nothing of
   * pictures.
   */
  toJSON(): object {
    return instance.guarded(() => JSON.parse(this.#held.object.toJson()));
  }

  /** Starts over: forgets the alarm and all samples. */
  reset(): void {
    instance.guarded(() => this.#held.object.reset());
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
  if (typeof reference !== "object" || !reference || !("scores" in reference || reference.info))
    throw refusal("the reference", reference, "a Scorer, a Detector or { scores, idPassRate }");
  if ("scores" in reference) {
    const { scores, idPassRate } = reference;
    if (typeof idPassRate !== "number")
      throw refusal("idPassRate", idPassRate, "a number between 0 and 1, both excluded");
    return { scores: shapedValues(scores, "reference.scores").data, idPassRate };
  }
  if (reference.info.taught?.leaveOneOut)
    throw new SheError(
      "invalid-monitor",
      "the detector was calibrated on the examples that it was taught, whose scores are higher " +
        "than those of new samples: give the first scores of the stream as { scores, idPassRate }",
    );
  return { scores: await reference.calibration(), idPassRate: reference.info.idPassRate };
}

const textOf = (snapshot: MonitorSnapshot) =>
  typeof snapshot === "string" ? snapshot : (JSON.stringify(snapshot) ?? "");
