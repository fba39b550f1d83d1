/** Whom a picture is blended with, so that it crosses the threshold, and the way it takes. */
import { maxIndex, minIndex } from "d3-array";
import { at } from "../shared/at";
import type { ScoredSample } from "./loaded";
import { NONE, perturb } from "./perturb";
import type { ScorePath } from "./score-path";
import type { Subject } from "./state";

/** Steps of a path, those of the slider. */
const STEPS = 20;

/** Position of the sample furthest beyond the threshold, on the other side of it. */
export function oppositeOf(samples: ScoredSample[], isOod: boolean): number {
  if (isOod)
    return minIndex(samples, ({ group, report }) => (group === "known" ? report.score : NaN));
  return maxIndex(samples, ({ group, report }) =>
    group === "known" || group === "noise" ? NaN : report.score,
  );
}

/** Scores a picture blended with another, step by step; it is `now` at one of the steps. */
export async function blendPath(
  { picture, input }: Subject,
  other: ImageData,
  now: number,
  score: (input: ReturnType<Subject["input"]>) => Promise<{ score: number }>,
): Promise<ScorePath> {
  const scores = new Map<number, number>();
  for (let step = 0; step <= STEPS; step++) {
    const blend = step / STEPS;
    const blended = blend > 0 ? perturb(picture, { ...NONE, blend }, other) : picture;
    scores.set(blend, (await score(input(blended))).score);
  }
  const here = at([...scores.values()], Math.round(STEPS * now));
  return { slider: "blend", scores, now: { value: now, score: here } };
}
