/**
 * From files to classes, as the command line has it: a picture's class is the class folder that it
 * lies in, however deep.
 */

import { type Format, fileFormat } from "./file-format";
import type { Placed } from "./tree";
import { plural } from "./words";

export interface ClassFolder {
  name: string;
  files: File[];
}

export interface Folders {
  classes: ClassFolder[];
  /** Class folders in which no picture is. */
  empty: string[];
  /** What is left out, pictures first. */
  others: Others[];
}

/** Files of a kind that are left out. */
export interface Others {
  name: string;
  /** Whether they are pictures, which would be taken in another format. */
  arePictures: boolean;
  paths: string[];
}

/** What systems leave in folders by themselves. */
const LITTER = /^(\..*|Thumbs\.db|desktop\.ini)$/i;

/** As text, the order of most training programs: `10` comes before `2`. */
const byName = (one: string, other: string) => Number(one > other) - Number(one < other);

/** Files that are looked into at a time. */
const AT_A_TIME = 64;

/** Sorts files by class folder; classes and files by name, so that every fit is the same. */
export async function sortFolders(placed: Placed[]): Promise<Folders> {
  const classes = new Map<string, Placed[]>();
  const others = new Map<string, Others>();
  const files = placed.filter(({ path }) => !LITTER.test(path.split("/").at(-1) ?? ""));
  const folderOf = classFolders(files);
  for (let i = 0; i < files.length; i += AT_A_TIME) {
    for (const { one, format } of await readFormats(files.slice(i, i + AT_A_TIME))) {
      const folder = folderOf(one);
      const inClass = folder && (classes.get(folder) ?? addFolder(classes, folder));
      if (format?.is === "picture" && inClass) inClass.push(one);
      else leaveOut(others, one.path, format);
    }
  }
  const all = sortClasses(classes);
  const empty = all.filter(({ files }) => files.length === 0).map(({ name }) => name);
  return {
    classes: all.filter(({ files }) => files.length > 0),
    empty,
    others: [...others.values()].sort(byKind),
  };
}

function readFormats(files: Placed[]): Promise<{ one: Placed; format: Format | undefined }[]> {
  return Promise.all(files.map(async (one) => ({ one, format: await fileFormat(one.file) })));
}

/**
 * The class folder of each file: one of those in the folder that all lie in, or else the outermost.
 * Files in no folder do not count where all others are deep in one.
 */
function classFolders(files: Placed[]): (file: Placed) => string | undefined {
  const folders = ({ path }: Placed) => path.split("/").slice(0, -1);
  const isDeep = files.some((file) => folders(file).length > 1);
  const counted = isDeep ? files.filter((file) => folders(file).length > 0) : files;
  const depth = new Set(counted.map((file) => folders(file)[0])).size === 1 ? 1 : 0;
  return (file) => folders(file)[depth];
}

/**
 * The classes that the folders stand for: empty ones are classes where that makes as many as the
 * model has.
 */
export function classesFor({ classes, empty }: Folders, outputs: number): ClassFolder[] {
  if (classes.length === outputs || classes.length + empty.length !== outputs) return classes;
  return [...classes, ...empty.map((name) => ({ name, files: [] }))].sort((one, other) =>
    byName(one.name, other.name),
  );
}

function leaveOut(others: Map<string, Others>, path: string, format: Format | undefined): void {
  const name = format?.is === "picture" ? "in no folder" : (format?.name ?? "unreadable");
  const kind = others.get(name) ?? { name, arePictures: format?.is === "foreign", paths: [] };
  others.set(name, kind);
  kind.paths.push(path);
}

const byKind = (one: Others, other: Others) =>
  Number(other.arePictures) - Number(one.arePictures) || byName(one.name, other.name);

/** How many files of each kind are left out, and what to do about those that are pictures. */
export function leftOut(others: Others[]): string {
  const total = others.reduce((sum, { paths }) => sum + paths.length, 0);
  const kinds = others.map(
    ({ name, paths }) =>
      `${paths.length} ${name}, ${paths.length > 1 ? "the first " : ""}${paths.sort(byName)[0]}`,
  );
  const pictures = others.filter(({ arePictures }) => arePictures).map(({ name }) => name);
  const advice = pictures.length > 0 ? `. Convert ${pictures.join(", ")} to PNG or JPEG.` : "";
  return `${plural(total, "file")} left out: ${kinds.join("; ")}${advice}`;
}

function addFolder(classes: Map<string, Placed[]>, folder: string): Placed[] {
  const files: Placed[] = [];
  classes.set(folder, files);
  return files;
}

function sortClasses(classes: Map<string, Placed[]>): ClassFolder[] {
  const byPath = (one: Placed, other: Placed) => byName(one.path, other.path);
  const folders = [...classes].map(([name, placed]) => ({
    name,
    files: placed.sort(byPath).map(({ file }) => file),
  }));
  return folders.sort((one, other) => byName(one.name, other.name));
}

/** The output of each class where all folders are named by numbers of outputs. */
export function numbersOf(classes: ClassFolder[], outputs: number): number[] | undefined {
  const numbers = classes.map(({ name }) => (/^\d+$/.test(name) ? Number(name) : -1));
  const named =
    new Set(numbers).size === numbers.length &&
    numbers.every((number) => number >= 0 && number < outputs);
  return named ? numbers : undefined;
}
