import { refusal } from "../call/checks.js";
import { SheError } from "../error.js";
import { isFloats, typeName } from "../input/realm.js";
import type { TaughtExample, TeachingOptions } from "./types.js";

/** One change to what is taught: the name of a method of {@linkcode Pupil}, and its arguments. */
export type Lesson = { [Name in keyof Pupil]: [Name, ...Parameters<Pupil[Name]>] }[keyof Pupil];

/** What takes lessons: a teacher in WebAssembly, and the examples kept outside of it. */
export interface Pupil {
  add(id: number, label: string, features: Float32Array): void;
  forget(id: number): void;
  move(id: number, label: string): void;
  rename(label: string, name: string): void;
  remove(label: string): void;
}

/** Gives a lesson. */
export function teach(pupil: Pupil, [name, ...args]: Lesson): void {
  (pupil[name] as (...args: unknown[]) => void).apply(pupil, args);
}

/** The examples of a teacher by their ids, kept outside WebAssembly to survive its crashes. */
export type Kept = Map<number, Omit<TaughtExample, "id">>;

/**
 * The examples kept for a teacher. It takes only lessons that WebAssembly has taken, so it refuses
 * none.
 */
export class Examples implements Pupil {
  readonly kept: Kept;
  #next: number;

  /** Checks and copies the examples to begin with. */
  constructor(given: TeachingOptions["examples"] = []) {
    if (!Array.isArray(given)) throw refusal("examples", given, "an array of { label, features }");
    this.kept = new Map(given.map((example, i) => [i, checked(example, `examples[${i}]`)]));
    this.#next = this.kept.size;
  }

  /** An id that no example has had. */
  nextId(): number {
    return this.#next++;
  }

  /** Copies of all examples, in the order of their ids. */
  copies(): TaughtExample[] {
    return Array.from(this.kept, ([id, { label, features }]) => ({
      id,
      label,
      features: features.slice(),
    }));
  }

  add(id: number, label: string, features: Float32Array): void {
    this.kept.set(id, { label, features });
  }

  forget(id: number): void {
    this.kept.delete(id);
  }

  move(id: number, label: string): void {
    const example = this.kept.get(id);
    if (example) example.label = label;
  }

  rename(label: string, name: string): void {
    for (const example of this.kept.values()) if (example.label === label) example.label = name;
  }

  remove(label: string): void {
    for (const [id, example] of this.kept) if (example.label === label) this.kept.delete(id);
  }
}

/** Gives a pupil that knows nothing all examples kept. */
export function teachAll(pupil: Pupil, kept: Kept): void {
  for (const [id, { label, features }] of kept) pupil.add(id, label, features);
}

function checked(example: unknown, name: string): Omit<TaughtExample, "id"> {
  const { label, features } = Object(example) as Partial<TaughtExample>;
  return {
    label: labelOf(label, `${name}.label`),
    features: copiedFeatures(features, `${name}.features`),
  };
}

/** A label as WebAssembly keeps it: well-formed, and without white space around it. */
export function labelOf(label: unknown, name = "label"): string {
  if (typeof label !== "string" || !VISIBLE.test(label))
    throw refusal(name, label, "a text with a visible character");
  return label.replace(/\p{Cs}/gu, "\ufffd").replace(/^\p{White_Space}+|\p{White_Space}+$/gu, "");
}

const VISIBLE = /[^\p{White_Space}\p{Cc}\p{Default_Ignorable_Code_Point}]/u;

/** An id as given; WebAssembly would round any other number. */
export function idOf(id: unknown): number {
  if (Number.isInteger(id) && (id as number) >= 0 && (id as number) < 2 ** 32) return id as number;
  throw refusal("id", id, "the id of an example, as add returned it");
}

/** Copies features, of which WebAssembly checks the number and values. */
export function copiedFeatures(features: unknown, name = "features"): Float32Array {
  if (isFloats(features)) return features.slice();
  throw new SheError(
    "input-kind",
    `${name} are a Float32Array, one number a feature, not ${typeName(features)}`,
  );
}

/** The error of a correction without a score before it. */
export function nothingScored(): SheError {
  return new SheError(
    "fit",
    "there is no score to correct, or it was corrected already: score a sample first, or move " +
      "the example",
  );
}
