/** From files to classes: the folder that a picture lies in is its class. */
import type { Placed } from "./tree";

export interface ClassFolder {
  name: string;
  files: File[];
}

export interface Folders {
  classes: ClassFolder[];
  /** Paths of the files that are no pictures, or lie in no folder. */
  others: string[];
}

const PICTURE = /\.(png|jpe?g|gif|webp|bmp|avif)$/i;

/** What systems leave in folders by themselves. */
const LITTER = /^(\..*|Thumbs\.db|desktop\.ini)$/i;

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Classes in the order of their names, numbers by their value; the files of each too, so that every fit is the same. */
export function foldersOf(placed: Placed[]): Folders {
  const classes = new Map<string, Placed[]>();
  const others: string[] = [];
  for (const one of placed) {
    const [name = "", folder] = one.path.split("/").reverse();
    if (LITTER.test(name)) continue;
    if (!folder || !isPicture(one.file)) others.push(one.path);
    else (classes.get(folder) ?? added(classes, folder)).push(one);
  }
  return { classes: sorted(classes), others: others.sort(byName) };
}

function added(classes: Map<string, Placed[]>, folder: string): Placed[] {
  const files: Placed[] = [];
  classes.set(folder, files);
  return files;
}

function isPicture({ type, name }: File): boolean {
  return type ? type.startsWith("image/") : PICTURE.test(name);
}

function sorted(classes: Map<string, Placed[]>): ClassFolder[] {
  const byPath = (one: Placed, other: Placed) => byName(one.path, other.path);
  const folders = [...classes].map(([name, placed]) => ({ name, files: placed.sort(byPath).map(({ file }) => file) }));
  return folders.sort((one, other) => byName(one.name, other.name));
}

/** The output of each class unless the visitor says otherwise: the number that the folder is named, else its place. */
export function outputsOf(classes: ClassFolder[], outputs: number): number[] {
  const numbers = classes.map(({ name }) => (/^\d+$/.test(name) ? Number(name) : -1));
  const named = new Set(numbers).size === numbers.length && numbers.every((number) => number >= 0 && number < outputs);
  return named ? numbers : classes.map((_, i) => i);
}

/** A few of many names, and how many more there are. */
export function named(names: string[], most = 5): string {
  const more = names.length - most;
  return names.slice(0, most).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
