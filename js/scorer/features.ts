/** Logits and layers of samples, in the order and the shapes that WebAssembly takes. */

import { SheError } from "../error.js";
import type { Info } from "../info.js";
import { typeName } from "../input/realm.js";
import { type Shaped, shapedValues, type Values } from "../input/values.js";

/** The suffix of a layer's name that says how it is pooled; the tensor's own name lacks it. */
const POOLING = /(:(mean|max|first|channels-first|channels-last))+$/;

/** What another runtime computed for one sample, or for a batch. */
export interface ScorerInput {
  /**
   * What the classifier says, `[classes]` or `[batch, classes]`: of the kind that `info.outputs`
   * names. Left out for a detector whose patterns classify.
   */
  logits?: Values;
  /**
   * The layers of `info.layers`: in that order, or by name, among others. Each holds features,
   * `[batch, features]`, or the values that they are pooled from, such as
   * `[batch, channels, height, width]`. The result of `Detector.features` is accepted, too.
   */
  layers:
    | readonly (Values | { readonly name: string; readonly features: Values })[]
    | { readonly [layer: string]: Values }
    | ReadonlyMap<string, Values>;
}

/** As WebAssembly takes it: samples end to end, and shapes without the batch dimension. */
export interface Rows {
  count: number;
  logits: Float32Array;
  layers: Float32Array[];
  shapes: Uint32Array[];
}

/** Reads a batch; of `count` samples, if that is known. */
export function rowsOf(input: ScorerInput, info: Info, count?: number): Rows {
  const { logits, layers } = (input ?? {}) as Partial<ScorerInput>;
  const classes = info.classify === "model" ? info.labels.length : 0;
  const values = ordered(layers, info).map((layer, i) => {
    const { name, size } = info.layers[i] as Info["layers"][number];
    const what = `the layer ${JSON.stringify(name)}`;
    return batched(shapedValues(layer, what), size, what, count);
  });
  const scores = logitRows(logits, classes, count);
  const all = scores ? [scores, ...values] : values;
  checkCounts(all);
  return {
    count: all[0]?.count ?? 0,
    logits: scores?.data ?? new Float32Array(),
    layers: values.map(({ data }) => data),
    shapes: values.map(({ sample }) => Uint32Array.from(sample)),
  };
}

/** Values of several samples. */
interface Batched {
  what: string;
  data: Float32Array;
  count: number;
  /** Shape of one sample. */
  sample: number[];
}

function logitRows(
  logits: Values | undefined,
  classes: number,
  count: number | undefined,
): Batched | undefined {
  if (classes === 0) {
    if (logits === undefined || logits === null) return undefined;
    throw new SheError(
      "invalid-option",
      "logits were given, and in this detector the patterns classify: leave them out",
    );
  }
  const what = "the tensor of logits";
  const given = shapedValues(logits, what);
  // A model of two classes may have one output, for the second.
  const single = classes === 2 && (given.shape?.at(-1) === 1 || given.data.length === count);
  const size = single ? 1 : classes;
  const shape = given.shape && given.shape.length > 2 ? withoutOnes(given.shape) : given.shape;
  const rows = batched({ ...given, shape }, size, what, count);
  if (rows.sample.length === 1 && rows.sample[0] === size) return rows;
  throw new SheError(
    "invalid-option",
    `the number of logits is ${rows.sample.join(" x ")}, the detector has ${classes} classes`,
  );
}

/** A shape without trailing dimensions of 1, as some exporters leave them. */
function withoutOnes(shape: number[]): number[] {
  return shape.length > 2 && shape.at(-1) === 1 ? withoutOnes(shape.slice(0, -1)) : shape;
}

/** The layers in the detector's order. */
function ordered(layers: unknown, { layers: wanted }: Info): unknown[] {
  const names = wanted.map(({ name }) => name);
  if (Array.isArray(layers)) {
    if (layers.length !== names.length) throw mismatch(`${layers.length} in a row`, names);
    return layers.map((layer, i) => named(layer, names[i] as string, names));
  }
  if (typeof layers !== "object" || layers === null) throw mismatch(typeName(layers), names);
  const isMap = typeName(layers) === "Map";
  const given = (isMap ? Object.fromEntries(layers as Map<string, unknown>) : layers) as Record<
    string,
    unknown
  >;
  return names.map((name) => {
    const key = [name, name.replace(POOLING, "")].find((key) => Object.hasOwn(given, key));
    if (key !== undefined) return given[key];
    throw mismatch(quoted(Object.keys(given)), names);
  });
}

/** A layer of an array, which may say its name. */
function named(layer: unknown, name: string, names: string[]): unknown {
  const { name: given, features } = (layer ?? {}) as { name?: unknown; features?: unknown };
  if (features === undefined) return layer;
  if (given === name) return features;
  throw mismatch(`${JSON.stringify(given)} in the place of ${JSON.stringify(name)}`, names);
}

/** Splits values into samples. Without a shape, every `size` numbers are one sample. */
function batched(
  { data, shape }: Shaped,
  size: number,
  what: string,
  count: number | undefined,
): Batched {
  // One dimension is one sample, unless several are asked for.
  const flat = !shape || (shape.length < 2 && count === 1);
  // WebAssembly could not read them, and its object would stay locked.
  if (data.length === 0)
    throw new SheError("input-length", `${what}: there are no values; was the buffer transferred?`);
  if (!flat) {
    const [given = 0, ...sample] = shape.length < 2 ? [data.length / size, size] : shape;
    checkCount(given, count, what, shape);
    return { what, data, count: given, sample };
  }
  if (count === 1) return { what, data, count: 1, sample: [data.length] };
  if (data.length % size !== 0) {
    throw new SheError(
      "input-length",
      `${what}: ${data.length} values are not a whole number of samples of ${size}; give the ` +
        "shape with the values, as { data, dims }",
    );
  }
  return { what, data, count: data.length / size, sample: [size] };
}

function checkCount(given: number, count: number | undefined, what: string, shape: number[]): void {
  if (Number.isInteger(given) && given > 0 && (count === undefined || given === count)) return;
  throw new SheError(
    "input-shape",
    `${what} has the shape [${shape.join(", ")}], whose first dimension counts samples: ` +
      (count === 1 ? "give one, or use scoreBatch()" : "give at least one"),
  );
}

function checkCounts([first, ...others]: Batched[]): void {
  const other = others.find(({ count }) => count !== first?.count);
  if (!first || !other) return;
  throw new SheError(
    "input-shape",
    `${first.what} is of ${first.count} samples and ${other.what} of ${other.count}`,
  );
}

function mismatch(given: string, names: string[]): SheError {
  return new SheError(
    "patterns-mismatch",
    `the layers given are ${given || "none"}, the detector compares ${quoted(names)}: give ` +
      "these, in this order or by name",
  );
}

function quoted(names: string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}
