/** Weights that are in other files than their model. */

import { refusal } from "../call/checks.js";
import { SheError } from "../error.js";
import { isAddress, isBlob, isBuffer, isBytes, isResponse, typeName } from "../input/realm.js";
import { loadFile } from "./kept.js";
import type { Bytes } from "./response.js";
import { checkTotal, type LoadOptions, type Source } from "./source.js";

/**
 * Where the files with a model's weights come from: one source for a model that has one such file,
 * or a source for each file by its name in the model.
 */
export type ExternalData = Source | Record<string, Source>;

/** Bytes, or the index of a file and where the part starts and ends in it. */
export type Part = Bytes | [file: number, start: number, end: number];

/** What WebAssembly knows of weights in other files. */
export interface WeightsReader {
  externalFiles(model: Bytes): string[] | Promise<string[]>;
  partsWithWeights(
    model: Bytes,
    names: string[],
    sizes: number[],
    heads: Bytes[],
  ): Part[] | Promise<Part[]>;
}

/** First bytes of a file by which a wrong one is recognised. */
const HEAD = 2 ** 16;

/** Checks and copies the option `externalData`. */
export function externalDataOf(given: unknown): ExternalData | undefined {
  if (given === undefined || given === null || isSource(given)) return given ?? undefined;
  if (typeName(given) === "Object") return { ...(given as Record<string, Source>) };
  throw refusal(
    "externalData",
    given,
    "a URL, bytes, a Blob or a Response, or an object with one of these for each file, such as " +
      `{ "model.onnx.data": url }`,
  );
}

/** Makes something of the parts of a model, with the weights in other files among them. */
export async function withWeights<T>(
  model: Bytes,
  externalData: ExternalData | undefined,
  options: LoadOptions,
  reader: WeightsReader,
  make: (parts: Bytes[]) => Promise<T>,
): Promise<T> {
  if (externalData === undefined) return make([model]);
  const names = await reader.externalFiles(model);
  const sources = sourcesOf(externalData, names);
  return loadAll(sources, options, [], async (files) => {
    checkTotal([model, ...files], "the model with its weights", options);
    const sizes = files.map(({ length }) => length);
    const heads = files.map((file) => file.slice(0, HEAD));
    const parts = await reader.partsWithWeights(model, names, sizes, heads);
    return make(parts.map((part) => (isBytes(part) ? (part as Bytes) : cut(files, part))));
  });
}

function cut(files: Bytes[], [file, start, end]: Exclude<Part, Bytes>): Bytes {
  return (files[file] as Bytes).subarray(start, end);
}

/** The source of each file. */
function sourcesOf(externalData: ExternalData, names: string[]): [name: string, Source][] {
  if (!isSource(externalData)) return names.map((name) => [name, named(externalData, name, names)]);
  if (names.length <= 1) return names.map((name) => [name, externalData]);
  throw new SheError(
    "invalid-option",
    `externalData is one file, and the model's weights are in ${quoted(names)}: give an object ` +
      `with a source for each, such as { ${JSON.stringify(names[0])}: url, … }`,
  );
}

function named(sources: Record<string, Source>, name: string, names: string[]): Source {
  if (Object.hasOwn(sources, name)) return sources[name] as Source;
  const given = Object.keys(sources);
  throw new SheError(
    "invalid-option",
    `externalData has ${given.length > 0 ? quoted(given) : "no file"}, and the model's weights ` +
      `are in ${quoted(names)}: add ${JSON.stringify(name)}`,
  );
}

/** Loads one file after the other; each stays in the cache if something could be made of all. */
function loadAll<T>(
  sources: [name: string, Source][],
  options: LoadOptions,
  files: Bytes[],
  make: (files: Bytes[]) => Promise<T>,
): Promise<T> {
  const [first, ...rest] = sources;
  if (!first) return make(files);
  const [name, source] = first;
  const what = `the file ${JSON.stringify(name)} with weights`;
  return loadFile(source, what, options, (bytes) =>
    loadAll(rest, options, [...files, bytes], make),
  );
}

function isSource(value: unknown): value is Source {
  return [isAddress, isBytes, isBuffer, isBlob, isResponse].some((is) => is(value));
}

function quoted(names: string[]): string {
  return names.map((name) => JSON.stringify(name)).join(", ");
}
