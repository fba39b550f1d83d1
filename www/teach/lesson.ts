/**
 * What is taught: classes with their examples, as the visitor sees them, and the teacher that
 * learns them. Pictures are not kept, only thumbnails of the latest.
 */
import type { Report } from "she-ood";
import { cleanLabel, freeLabel, isFreeLabel, isSameLabel } from "./labels";
import { type Picture, thumbnailOf } from "./picture";
import type { Examples, Teacher } from "./teacher";

export interface TaughtClass {
  label: string;
  /** Ids of its examples, the oldest first. */
  examples: number[];
  /** Photos still being added. */
  pending: number;
}

/** Thumbnails that are kept, of all classes together. */
const MOST_THUMBNAILS = 600;

export class Lesson {
  readonly #teacher: Teacher;
  /** Told when a class is added or removed, or its label or examples change. */
  readonly #changed: () => void;
  readonly #thumbnails = new Map<number, HTMLCanvasElement>();
  /** Digests of the files that examples come from. */
  readonly #digests = new Map<number, string>();
  /** The examples that scored pictures became. */
  readonly #corrected = new WeakMap<Picture, number>();
  /** Ends when the last change so far has; each waits for the one before. */
  #changes: Promise<unknown> = Promise.resolve();
  classes: TaughtClass[] = [];

  constructor(teacher: Teacher, changed: () => void) {
    this.#teacher = teacher;
    this.#changed = changed;
  }

  get info(): Teacher["info"] {
    return this.#teacher.info;
  }

  thumbnail(id: number): HTMLCanvasElement | undefined {
    return this.#thumbnails.get(id);
  }

  named(label: string): TaughtClass | undefined {
    return this.classes.find((taught) => isSameLabel(taught.label, label));
  }

  /** Adds an empty class; one of that name that there is already is taken instead. */
  addClass(text = ""): TaughtClass {
    const label = cleanLabel(text) || freeLabel(this.classes.map(({ label }) => label));
    const found = this.named(label);
    if (found) return found;
    const taught = { label, examples: [], pending: 0 };
    this.classes.push(taught);
    this.#changed();
    return taught;
  }

  /** Takes over the examples that a teacher was created with. */
  resume(examples: { id: number; label: string }[]): void {
    for (const { id, label } of examples) this.addClass(label).examples.push(id);
    this.#changed();
  }

  /** Whether a class has an example from the file with this digest. */
  isTaught(taught: TaughtClass, digest: string): boolean {
    return taught.examples.some((id) => this.#digests.get(id) === digest);
  }

  /** @throws {SheError} When the picture cannot be used; nothing is added then. */
  async add(taught: TaughtClass, picture: Picture, digest?: string): Promise<void> {
    const thumbnail = thumbnailOf(picture);
    await this.#change(async () => {
      if (!this.classes.includes(taught)) return;
      const { id } = await this.#teacher.add(taught.label, picture.input);
      if (digest) this.#digests.set(id, digest);
      this.#keep(taught, id, await thumbnail);
    });
  }

  /** Makes the picture that was scored last an example of a class: once, then it is moved. */
  async correct(taught: TaughtClass, scored: Picture): Promise<void> {
    const thumbnail = thumbnailOf(scored);
    await this.#change(async () => {
      const before = this.#corrected.get(scored) ?? Number.NaN;
      const owner = this.classes.find(({ examples }) => examples.includes(before));
      if (owner) return this.#move(before, owner, taught);
      const { id } = await this.#teacher.correct(taught.label);
      this.#corrected.set(scored, id);
      this.#keep(taught, id, await thumbnail);
    });
  }

  async forget(taught: TaughtClass, id: number): Promise<void> {
    taught.examples = taught.examples.filter((example) => example !== id);
    this.#thumbnails.delete(id);
    this.#changed();
    await this.#change(() => this.#teacher.forget(id));
  }

  /** @throws {Error} When there is no name, or another class has it; the old one stays. */
  async rename(taught: TaughtClass, text: string): Promise<void> {
    const label = cleanLabel(text);
    if (!label) throw new Error("A class needs a name.");
    const found = this.named(label);
    if (found && found !== taught)
      throw new Error(`There is a class ${found.label} already. Choose another name.`);
    await this.#change(async () => {
      const before = taught.label;
      taught.label = label;
      if (label !== before && taught.examples.length > 0) await this.#teacher.rename(before, label);
    });
  }

  async remove(taught: TaughtClass): Promise<void> {
    this.classes = this.classes.filter((one) => one !== taught);
    for (const id of taught.examples) this.#thumbnails.delete(id);
    this.#changed();
    await this.#change(async () => {
      if (taught.examples.length > 0) await this.#teacher.remove(taught.label);
    });
  }

  /** Removes unnamed classes without examples or pending photos, as they are there at the start. */
  removeUnused(): void {
    this.classes = this.classes.filter(
      ({ label, examples, pending }) => examples.length + pending > 0 || !isFreeLabel(label),
    );
    this.#changed();
  }

  async wipe(): Promise<void> {
    await Promise.all([...this.classes].map((taught) => this.remove(taught)));
  }

  async score(picture: Picture): Promise<Report> {
    return this.#teacher.score(picture.input);
  }

  /** The picture as the network sees it. */
  async preview(picture: Picture): Promise<ImageData> {
    return this.#teacher.preview(picture.input);
  }

  /** The detector's file, of all changes so far. */
  async toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    await this.#changes;
    return this.#teacher.toBytes();
  }

  /** All that was taught, without pictures. */
  async collect(): Promise<{ labels: string[]; examples: Examples }> {
    await this.#changes;
    const labels = this.classes.map(({ label }) => label);
    return { labels, examples: await this.#teacher.examples() };
  }

  async #move(id: number, from: TaughtClass, to: TaughtClass): Promise<void> {
    if (from === to) return;
    await this.#teacher.move(id, to.label);
    from.examples = from.examples.filter((example) => example !== id);
    to.examples.push(id);
  }

  #keep(taught: TaughtClass, id: number, thumbnail: HTMLCanvasElement): void {
    taught.examples.push(id);
    this.#thumbnails.set(id, thumbnail);
    for (const oldest of this.#thumbnails.keys()) {
      if (this.#thumbnails.size <= MOST_THUMBNAILS) break;
      this.#thumbnails.delete(oldest);
    }
  }

  /** Runs a change after those before it, so that names and counts are those of its turn. */
  async #change(work: () => Promise<unknown>): Promise<void> {
    const turn = this.#changes.then(work).finally(() => this.#changed());
    this.#changes = turn.catch(() => undefined);
    await turn;
  }
}
