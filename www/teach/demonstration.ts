/** Teaches the ready set in front of the visitor, then shows new views of it, and strangers. */
import { element, make, write } from "../shared/dom";
import { once } from "../shared/once";
import type { Lesson } from "./lesson";
import { drawPicture, type Picture } from "./picture";
import { type Group, loadReadySet } from "./ready-set";

interface Stage {
  /** Shows a picture that is taught. */
  teach(picture: Picture, words: string, detail: string): void;
  judge(picture: Picture): void;
}

/** Milliseconds between examples, and that a picture is judged before the next. */
const [PACE, LOOK] = [60, 2000];

interface Try {
  name: string;
  picture: Picture;
}

export class Demonstration {
  readonly #lesson: Lesson;
  readonly #stage: Stage;
  readonly #load = once(() => loadReadySet(new AbortController().signal));
  #use: AbortController | undefined;

  constructor(lesson: Lesson, stage: Stage) {
    this.#lesson = lesson;
    this.#stage = stage;
  }

  get running(): boolean {
    return this.#use !== undefined;
  }

  stop(): void {
    this.#use?.abort();
    this.#use = undefined;
    write("demonstrate", "See a demo");
  }

  async run(): Promise<void> {
    const use = new AbortController();
    this.#use = use;
    write("demonstrate", "Stop");
    try {
      const groups = await this.#load();
      await this.#teach(groups, use.signal);
      if (use.signal.aborted) return;
      await this.#tryAll(this.#offer(groups), use.signal);
    } finally {
      if (this.#use === use) this.stop();
    }
  }

  /** Teaches all views of a class that it lacks before the next. */
  async #teach(groups: Group[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    this.#lesson.removeUnused();
    for (const { label, taught } of groups.filter(({ taught }) => taught.length > 0)) {
      const added = this.#lesson.addClass(label);
      const present = added.examples.length;
      for (const [done, picture] of [...taught.entries()].slice(present)) {
        this.#stage.teach(picture, `Learning: ${label}`, `${done + 1} of ${taught.length} views`);
        await this.#lesson.add(added, picture);
        await pause(PACE, signal);
        if (signal.aborted) return;
      }
    }
  }

  /** Lists what can be tried, a known thing and a stranger in turn. */
  #offer(groups: Group[]): Try[] {
    const named = ({ label, taught, tried }: Group) =>
      tried.map((picture) => ({
        name: taught.length > 0 ? `${label}, a new view` : `${label}, never taught`,
        picture,
      }));
    const known = turns(groups.filter(({ taught }) => taught.length > 0).map(named));
    const strangers = turns(groups.filter(({ taught }) => taught.length === 0).map(named));
    const tries = turns([known, strangers]);
    element("tries").replaceChildren(...tries.map((one) => this.#button(one)));
    element("tries-box").hidden = false;
    return tries;
  }

  #button({ name, picture }: Try): HTMLButtonElement {
    const canvas = make("canvas");
    drawPicture(canvas, picture);
    const button = make("button", { type: "button", title: name, ariaLabel: name }, canvas);
    button.onclick = () => {
      this.stop();
      this.#stage.judge(picture);
    };
    return button;
  }

  /** Shows one after the other, until the visitor does something; one where motion disturbs. */
  async #tryAll(tries: Try[], signal: AbortSignal): Promise<void> {
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    for (const { picture } of isStill ? tries.slice(0, 1) : tries) {
      if (signal.aborted) return;
      this.#stage.judge(picture);
      await pause(LOOK, signal);
    }
  }
}

/** The first of each list, then the second of each, and so on. */
function turns<T>(lists: T[][]): T[] {
  const most = Math.max(...lists.map(({ length }) => length));
  return Array.from({ length: most }, (_, i) =>
    lists.flatMap((list) => list.slice(i, i + 1)),
  ).flat();
}

/** Ends at once when aborted. */
function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
