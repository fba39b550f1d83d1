/** The card of a class: its name, its examples, and the ways to add some. */
import { make } from "../shared/dom";
import { onChoose, onDrop } from "../shared/drop";
import { messageOf, plural } from "../shared/words";
import { onHold } from "./hold";
import { MOST_CHARACTERS } from "./labels";
import type { Lesson, TaughtClass } from "./lesson";
import { addPhotos, droppedPhotos } from "./photos";
import { Tiles } from "./tiles";

/** What a card asks of the page. */
export interface Wishes {
  record(taught: TaughtClass): void;
  release(): void;
  remove(taught: TaughtClass): void;
}

export class Card {
  readonly element: HTMLElement;
  readonly #taught: TaughtClass;
  readonly #lesson: Lesson;
  readonly #name = make("input", { type: "text", maxLength: MOST_CHARACTERS, className: "name" });
  readonly #count = make("output", { className: "count" });
  readonly #status = make("p", { className: "hint", role: "status" });
  readonly #error = make("p", { className: "error", role: "alert", hidden: true });
  readonly #record = make(
    "button",
    { type: "button", className: "record" },
    make("span", { className: "dot", ariaHidden: "true" }),
    "Hold to record",
  );
  readonly #choose = make("input", {
    type: "file",
    accept: "image/*",
    multiple: true,
    className: "hidden",
  });
  readonly #remove = make("button", { type: "button", className: "remove" }, "×");
  readonly #tiles: Tiles;
  /** What is shown: of a thousand cards few change. */
  #state = "";

  constructor(taught: TaughtClass, lesson: Lesson, wishes: Wishes) {
    this.#taught = taught;
    this.#lesson = lesson;
    const tiles = make("div", { className: "tiles", role: "group" });
    this.#tiles = new Tiles(tiles, {
      thumbnail: (id) => lesson.thumbnail(id),
      forget: (id) => void this.#try(lesson.forget(taught, id)),
    });
    this.element = make(
      "li",
      { className: "class card" },
      make("div", { className: "bar" }, this.#name, this.#count, this.#remove),
      make(
        "div",
        { className: "tools" },
        this.#record,
        make("label", { className: "button" }, this.#choose, "Photos…"),
      ),
      tiles,
      this.#status,
      this.#error,
    );
    this.#bind(wishes);
    this.update();
  }

  /** Shows the class as it is now. */
  update(): void {
    const { label, examples } = this.#taught;
    const state = `${examples.length} ${examples.at(-1)} ${label}`;
    if (state === this.#state) return;
    this.#state = state;
    if (document.activeElement !== this.#name) this.#name.value = label;
    if (this.#record.ariaLabel !== `Hold to record ${label}`) this.#relabel(label);
    this.#count.textContent = examples.length > 0 ? plural(examples.length, "example") : "";
    this.element.classList.toggle("empty", examples.length === 0);
    this.#tiles.show(examples);
  }

  focusName(): void {
    this.#name.focus();
    this.#name.select();
  }

  say(words: string): void {
    if (this.#status.textContent !== words) this.#status.textContent = words;
  }

  complain(words = ""): void {
    this.#error.textContent = words;
    this.#error.hidden = !words;
  }

  async addFiles(files: File[]): Promise<void> {
    this.complain();
    const problem = await addPhotos(this.#lesson, this.#taught, files, (words) => this.say(words));
    this.complain(problem);
  }

  async #addDropped(data: DataTransfer): Promise<void> {
    const placed = await droppedPhotos(data);
    await this.addFiles(placed.map(({ file }) => file));
  }

  #relabel(label: string): void {
    this.#name.ariaLabel = `Name of ${label}`;
    this.#record.ariaLabel = `Hold to record ${label}`;
    this.#choose.ariaLabel = `Photos of ${label}`;
    this.#remove.ariaLabel = `Remove ${label}`;
  }

  #bind({ record, release, remove }: Wishes): void {
    const taught = this.#taught;
    onHold(this.#record, { start: () => record(taught), stop: release });
    onChoose(this.#choose, (files) => void this.addFiles(files));
    onDrop(this.element, (data) => void this.#try(this.#addDropped(data)));
    this.#remove.onclick = () => remove(taught);
    this.#name.onchange = () => void this.#rename();
    this.#name.onkeydown = ({ key }) => {
      if (key === "Escape") this.#name.value = taught.label;
      if (key === "Enter" || key === "Escape") this.#name.blur();
    };
  }

  async #rename(): Promise<void> {
    await this.#try(this.#lesson.rename(this.#taught, this.#name.value));
    this.#name.value = this.#taught.label;
  }

  async #try(change: Promise<void>): Promise<void> {
    this.complain();
    await change.catch((error: unknown) => this.complain(messageOf(error)));
  }
}
