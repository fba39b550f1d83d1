/** Watches for changes: compares the scores of later moments with those of the first ones. */
import type { Monitor } from "she-ood/scorer";

/** Milliseconds between two scores. */
const PAUSE = 250;

/** Scores at the start that later ones are compared with. */
export const FIRST = 60;

/** Probability of a false alarm, if moments did not follow from each other. */
const ALPHA = 0.001;

/**
 * Deviation of the noise that is added to each score, in deviations of the examples' own scores.
 * Frames of a still scene differ less than that, but drift with the light: a monitor that saw them
 * as they are would call each cloud a change.
 */
const TOLERANCE = 1.5;

const MINUTE = 60_000;

export type Watched =
  | { state: "learning"; seen: number }
  | { state: "watching"; since: Date }
  | { state: "changed"; since: Date; higher: boolean };

export class Watch {
  readonly #create: typeof Monitor.create;
  readonly #first: number[] = [];
  #monitor: Monitor | undefined;
  #last = -Infinity;
  /** The first sample of each minute in which there were any, since the start. */
  readonly #minutes: { sample: number; time: number }[] = [];
  #watched: Watched = { state: "learning", seen: 0 };

  constructor(create: typeof Monitor.create) {
    this.#create = create;
  }

  /** Takes the score of the moment `now`, in milliseconds, unless one was taken just before. */
  async take(score: number, now: number): Promise<Watched> {
    if (Math.abs(now - this.#last) < PAUSE || this.#watched.state === "changed")
      return this.#watched;
    this.#last = now;
    const blurred = score + TOLERANCE * gaussian();
    this.#watched = this.#monitor
      ? this.#compare(this.#monitor, blurred, now)
      : await this.#learn(blurred, now);
    return this.#watched;
  }

  dispose(): void {
    this.#monitor?.dispose();
  }

  async #learn(score: number, now: number): Promise<Watched> {
    this.#first.push(score);
    if (this.#first.length < FIRST) return { state: "learning", seen: this.#first.length };
    const reference = { scores: this.#first, idPassRate: 0.95 };
    this.#monitor = await this.#create(reference, { alpha: ALPHA });
    this.#minutes.push({ sample: 1, time: now });
    return { state: "watching", since: new Date(now) };
  }

  #compare(monitor: Monitor, score: number, now: number): Watched {
    monitor.push({ score });
    const { alarm, all } = monitor.report;
    if (alarm) return { state: "changed", since: this.#timeOf(alarm.since), higher: alarm.higher };
    if (now - (this.#minutes.at(-1)?.time ?? 0) >= MINUTE)
      this.#minutes.push({ sample: all.samples, time: now });
    return this.#watched;
  }

  #timeOf(sample: number): Date {
    return new Date(this.#minutes.filter((minute) => minute.sample <= sample).at(-1)?.time ?? 0);
  }
}

/** A normal number of deviation 1. */
function gaussian(): number {
  return Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
}

export interface WatchWords {
  words: string;
  /** What changes too often to be read out. */
  count: string;
}

export function wordsOf(watched: Watched): WatchWords {
  if (watched.state === "learning")
    return {
      words: "Getting used to what I see. Leave it as it is:",
      count: `${watched.seen} of ${FIRST}`,
    };
  const time = watched.since.toLocaleTimeString([], { timeStyle: "short" });
  if (watched.state === "watching")
    return { words: `Watching since ${time}. Nothing has changed.`, count: "" };
  const like = watched.higher ? "less" : "more";
  return {
    words:
      `What you show me has changed, since about ${time}. ` +
      `It is ${like} like what you taught me.`,
    count: "",
  };
}
