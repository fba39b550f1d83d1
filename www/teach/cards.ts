/** The cards of all classes, and the ways to add one. */
import { complain, element } from "../shared/dom";
import { onChoose, onDrop } from "../shared/drop";
import { chosenFiles, type Placed } from "../shared/tree";
import { Card, type Wishes } from "./card";
import type { Lesson, TaughtClass } from "./lesson";
import { classesIn, droppedPhotos } from "./photos";

export class Cards {
  readonly #lesson: Lesson;
  readonly #wishes: Wishes;
  readonly #cards = new Map<TaughtClass, Card>();
  readonly #last = element("new-class");

  constructor(lesson: Lesson, wishes: Omit<Wishes, "remove">) {
    this.#lesson = lesson;
    this.#wishes = { ...wishes, remove: (taught) => this.#remove(taught) };
    element("add-class").onclick = () => this.#card(lesson.addClass()).focusName();
    onChoose(element<HTMLInputElement>("folder"), (files) => this.#addFolders(chosenFiles(files)));
    onDrop(this.#last, (data) => this.#addFolders(droppedPhotos(data)));
  }

  /** Shows the classes as they are now. */
  update(): void {
    const { classes } = this.#lesson;
    const there = new Set(classes);
    for (const [taught, card] of this.#cards)
      if (!there.has(taught)) {
        card.element.remove();
        this.#cards.delete(taught);
      }
    for (const taught of classes) this.#card(taught).update();
  }

  say(taught: TaughtClass, words: string): void {
    this.#cards.get(taught)?.say(words);
  }

  complain(taught: TaughtClass, words: string): void {
    this.#cards.get(taught)?.complain(words);
  }

  #card(taught: TaughtClass): Card {
    const card = this.#cards.get(taught) ?? new Card(taught, this.#lesson, this.#wishes);
    if (!this.#cards.has(taught)) this.#last.before(card.element);
    this.#cards.set(taught, card);
    return card;
  }

  #remove(taught: TaughtClass): void {
    void this.#lesson.remove(taught);
    element("add-class").focus();
  }

  async #addFolders(placed: Placed[] | Promise<Placed[]>): Promise<void> {
    complain("folder-error");
    try {
      const classes = await classesIn(await placed);
      this.#lesson.removeUnused();
      for (const { name, files } of classes)
        await this.#card(this.#lesson.addClass(name)).addFiles(files);
    } catch (error) {
      complain("folder-error", error);
    }
  }
}
