import { any, finite, refusal, text } from "../call/checks.js";
import { type Checks, PROGRESS } from "../call/options.js";
import { LOADING, SHARED } from "../fit/options.js";
import type { TeacherOptions, TeachingOptions } from "./types.js";

const TAUGHT = { idPassRate: finite, examples: any } satisfies Checks<TeachingOptions>;

export const TEACHING = { ...TAUGHT, ...PROGRESS };

export const TEACHER = {
  ...TAUGHT,
  ...SHARED,
  layer: text,
  ...LOADING,
} satisfies Checks<TeacherOptions>;

/** A number of features as given. */
export function featureCount(size: unknown): number {
  if (Number.isInteger(size) && (size as number) > 1 && (size as number) <= MOST)
    return size as number;
  throw refusal("size", size, `the number of features, a whole number from 2 to ${MOST}`);
}

/** Far more features than any embedding has. */
const MOST = 2 ** 20;
