/** Strangers that the visitor brings: pictures of nothing that the classes are. */
import type { Detector, Report } from "she-ood/worker";
import type { Placed } from "../shared/tree";
import { eachInLanes, unlessUnreadable, type Work } from "./lanes";

/** A stranger, and what the detector says of it. */
export interface Stranger {
  file: File;
  /** What it is: the name of its folder, or of its file. */
  truth: string;
  report: Report;
}

/** How many strangers are flagged, and how many by the classifier's own confidence. */
export interface Tally {
  total: number;
  detector: number;
  /** At the same share of known pictures that pass; `undefined` where that is not known. */
  classifier: number | undefined;
}

/** Scores pictures in their order; those that cannot be read are left out. */
export async function scoreStrangers(
  detector: Pick<Detector, "score">,
  placed: Placed[],
  work: Work,
): Promise<Stranger[]> {
  const found = new Map<Placed, Stranger>();
  await eachInLanes(placed, work, async (one) => {
    const report = await unlessUnreadable(detector.score(one.file, { signal: work.signal }));
    if (report) found.set(one, { file: one.file, truth: truthOf(one.path), report });
  });
  return placed.flatMap((one) => found.get(one) ?? []);
}

/** The class folder's name; for a picture in no folder or the folder of all, its own. */
export function truthOf(path: string): string {
  const parts = path.split("/");
  const own = (parts.at(-1) ?? "").replace(/\.\w+$/, "");
  const name = parts.length > 2 ? (parts.at(-2) ?? own) : own;
  return name.replace(/[_]+/g, " ");
}

/**
 * The classifier's own score above which it flags, where the same share of known pictures passes:
 * the conformal rank, as the detector's threshold has it.
 */
export function confidenceCut(known: number[], idPassRate: number): number {
  const rank = Math.ceil((known.length + 1) * idPassRate - 1e-9);
  return [...known].sort((one, other) => one - other)[rank - 1] ?? Infinity;
}

export function tallyOf(strangers: Stranger[], cut: number | undefined): Tally {
  const count = (flags: (report: Report) => boolean) =>
    strangers.filter(({ report }) => flags(report)).length;
  return {
    total: strangers.length,
    detector: count(({ isOod }) => isOod),
    classifier:
      cut === undefined ? undefined : count(({ baselines }) => (baselines?.msp ?? -1) > cut),
  };
}

/** Strangers that pass as known, the most alike first. */
export function missesOf(strangers: Stranger[]): Stranger[] {
  const missed = strangers.filter(({ report }) => !report.isOod);
  return missed.sort((one, other) => one.report.score - other.report.score);
}
