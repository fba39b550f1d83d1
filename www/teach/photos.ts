/** Photos that are chosen or dropped become examples, one after the other. */
import { type ClassFolder, sortFolders } from "../shared/folders";
import { droppedFiles, type Placed } from "../shared/tree";
import { plural } from "../shared/words";
import type { Lesson, TaughtClass } from "./lesson";
import { digestOf, pictureOfFile } from "./picture";

/** Names of unreadable files that are listed; the rest is counted. */
const MOST_NAMED = 5;

/** What systems leave in folders by themselves. */
const LITTER = /^(\..*|Thumbs\.db|desktop\.ini)$/i;

/** The files that are dropped; throws where there are none, as in a link or an empty folder. */
export async function droppedPhotos(data: DataTransfer): Promise<Placed[]> {
  const placed = await droppedFiles(data);
  if (placed.length > 0) return placed;
  throw new Error("there are no files in what was dropped: drop photos, or folders of them");
}

/**
 * Adds photos to a class and tells how far it is. Returns what is wrong with those that cannot be
 * read, without which the others are added all the same.
 */
export async function addPhotos(
  lesson: Lesson,
  taught: TaughtClass,
  all: File[],
  tell: (words: string) => void,
): Promise<string> {
  const files = all.filter(({ name }) => !LITTER.test(name));
  const unread: string[] = [];
  let added = 0;
  taught.pending += files.length;
  for (const [done, file] of files.entries()) {
    if (!lesson.classes.includes(taught)) return "";
    tell(`Looking at ${done + 1} of ${files.length} …`);
    try {
      if (await addPhoto(lesson, taught, file)) added++;
    } catch {
      unread.push(file.name);
    } finally {
      taught.pending--;
    }
  }
  tell(describeAdded(added, files.length - unread.length - added));
  return unread.length > 0 ? describeUnread(unread) : "";
}

/** Returns whether it was added: a copy of an example is not. */
async function addPhoto(lesson: Lesson, taught: TaughtClass, file: File): Promise<boolean> {
  const digest = await digestOf(file);
  if (digest && lesson.isTaught(taught, digest)) return false;
  await lesson.add(taught, await pictureOfFile(file), digest);
  return true;
}

function describeAdded(added: number, copies: number): string {
  const already = `${plural(copies, "photo")} ${copies === 1 ? "was" : "were"} here already.`;
  const words = [added > 0 && `${plural(added, "photo")} added.`, copies > 0 && already];
  return words.filter(Boolean).join(" ");
}

function describeUnread(names: string[]): string {
  const rest = names.length > MOST_NAMED ? " …" : "";
  const listed = names.slice(0, MOST_NAMED).join(", ");
  return `${plural(names.length, "file")} cannot be read as a picture: ${listed}${rest}`;
}

/**
 * The classes that files stand for: one a folder, as in other programs; one for all where there are
 * no folders in the folder.
 */
export async function classesIn(placed: Placed[]): Promise<ClassFolder[]> {
  const { classes } = await sortFolders(placed);
  if (classes.length > 0) return classes;
  const folder = placed[0]?.path.split("/").at(-2) ?? "";
  return [{ name: folder, files: placed.map(({ file }) => file) }];
}
