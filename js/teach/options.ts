import { finite, text } from "../call/checks.js";
import { refusal } from "../call/options.js";
import { checkedFields, SHARED } from "../fit/options.js";
import type { TeacherOptions, TeachingOptions } from "./types.js";

const TEACHING = { idPassRate: finite };

const TEACHER = { ...TEACHING, ...SHARED, layer: text };

/** Returns a checked copy of a teacher's options, without the examples and those for loading. */
export function teacherOptions({ examples, ...options }: TeacherOptions): object {
  return checkedFields(TEACHER, options);
}

/** The same for a teacher without a model. */
export function teachingOptions({ examples, ...options }: TeachingOptions): object {
  return checkedFields(TEACHING, options);
}

/** A number of features as given. */
export function featureCount(size: unknown): number {
  if (Number.isInteger(size) && (size as number) > 1 && (size as number) <= MOST)
    return size as number;
  throw refusal("size", size, `the number of features, a whole number from 2 to ${MOST}`);
}

/** Far more features than any embedding has. */
const MOST = 2 ** 20;
