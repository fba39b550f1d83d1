/** Sorts dropped files by kind: model, weights, labels, preprocessing, pictures, strangers. */

import { fileFormat } from "../shared/file-format";
import type { Placed } from "../shared/tree";
import { adviceFor } from "./foreign";
import type { ModelFiles } from "./model-files";

export interface Intake {
  models: Placed[];
  /** Files with weights, by their path from the model. */
  weights: Record<string, File>;
  /** Names of the model's outputs. */
  labels: File | undefined;
  /** Preprocessing, as another library writes it. */
  config: File | undefined;
  /** What to do with files of other kinds. */
  advice: string[];
  /** From a folder called "strangers". */
  strangers: Placed[];
  /** All else: pictures, and what is left out with its kind. */
  rest: Placed[];
}

const MODEL = /\.onnx$/i;
const WEIGHTS = /(\.data|\.bin|\.weights?|onnx_data)$/i;
const LABELS = /(^|\/)(labels?|classes|class[_-]names|synset(_words)?)\.txt$/i;
const CONFIG = /(^|\/)(preprocessor_config|config|metadata)\.json$/i;
const STRANGERS = /(^|\/)strangers\//i;
/** Endings by which a file beside a model is none with its weights. */
const PLAIN = /\.(png|jpe?g|gif|webp|bmp|tiff?|heic|avif|svg|txt|md|json|csv|ya?ml|py|html?|pdf)$/i;

/** Files as they were chosen for a model: where none is named like one, the first is. */
export function namedAsModel(placed: Placed[]): Placed[] {
  const isNamed = ({ path }: Placed) =>
    [MODEL, WEIGHTS, LABELS, CONFIG].some((pattern) => pattern.test(path)) || adviceFor(path);
  const [first, ...others] = placed;
  if (!first || placed.some(isNamed)) return placed;
  return [{ ...first, path: `${first.path}.onnx` }, ...others];
}

export async function sortIntake(placed: Placed[]): Promise<Intake> {
  const left = new Set(placed);
  const take = (fits: (one: Placed) => boolean) => {
    const taken = [...left].filter(fits);
    for (const one of taken) left.delete(one);
    return taken;
  };
  const named = (pattern: RegExp) => take(({ path }) => pattern.test(path));
  const models = named(MODEL);
  const foreign = take(({ path }) => adviceFor(path) !== undefined);
  const [labels, config] = [named(LABELS)[0]?.file, named(CONFIG)[0]?.file];
  const strangers = named(STRANGERS);
  const beside = new Set(await besideModel(models[0], [...left]));
  const weights = take((one) => beside.has(one) || WEIGHTS.test(one.path));
  return {
    models,
    weights: Object.fromEntries(weights.map((one) => [pathFrom(models[0], one), one.file])),
    labels,
    config,
    advice: [...new Set(foreign.map(({ path }) => adviceFor(path) ?? ""))],
    strangers,
    rest: withoutBundle(models[0], [...left]),
  };
}

/** Files under the model's folder that are in no known format, as weights are. */
async function besideModel(model: Placed | undefined, files: Placed[]): Promise<Placed[]> {
  if (!model) return [];
  const under = files.filter(
    ({ path }) => path.startsWith(folderOf(model)) && !PLAIN.test(path) && !path.includes("/."),
  );
  const formats = await Promise.all(under.map(({ file }) => fileFormat(file)));
  return under.filter((_, i) => ["unknown", "empty"].includes(formats[i]?.name ?? ""));
}

/** `folder/` of `folder/model.onnx`. */
function folderOf({ path }: Placed): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** How a model names a file that lies under its folder. */
function pathFrom(model: Placed | undefined, { path, file }: Placed): string {
  return model && path.startsWith(folderOf(model)) ? path.slice(folderOf(model).length) : file.name;
}

/**
 * Where a folder holds the model and one other folder, in which those of the classes lie, that one
 * is left out of the paths.
 */
function withoutBundle(model: Placed | undefined, rest: Placed[]): Placed[] {
  const root = model?.path.includes("/") ? model.path.split("/")[0] : undefined;
  const parts = rest.map(({ path }) => path.split("/"));
  const inFolders = parts.filter(({ length }) => length > 2);
  const isBundle =
    root !== undefined &&
    parts.every(([first]) => first === root) &&
    new Set(inFolders.map(([, second]) => second)).size === 1 &&
    inFolders.some(({ length }) => length > 3);
  if (!isBundle) return rest;
  const shorten = ({ path, file }: Placed) => ({
    path: path.replace(/^([^/]+)\/[^/]+\//, "$1/"),
    file,
  });
  return rest.map(shorten);
}

/** The files of a model, where one came; of several, none is taken. */
export function modelOf({ models, weights }: Intake): ModelFiles | undefined {
  const [model, ...others] = models;
  return model && others.length === 0 ? { model: model.file, externalData: weights } : undefined;
}
