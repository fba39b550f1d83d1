/** A guided tour of four steps. */
import { element, write } from "../shared/dom";

export interface Stop {
  /** What of the page it is about. */
  at: string;
  words: string;
  /** Brings the page there. */
  arrive(): void;
}

export class Tour {
  readonly #stops: Stop[];
  readonly #box = element("tour");
  #at = -1;

  constructor(stops: Stop[]) {
    this.#stops = stops;
    element("tour-start").onclick = () => this.#go(0);
    element("tour-back").onclick = () => this.#go(this.#at - 1);
    element("tour-next").onclick = () => this.#go(this.#at + 1);
    element("tour-end").onclick = () => this.end();
    this.#box.addEventListener("keydown", ({ key }) => key === "Escape" && this.end());
  }

  end(): void {
    if (this.#box.hidden) return;
    this.#box.hidden = true;
    this.#mark(undefined);
    element("tour-start").focus();
  }

  #go(index: number): void {
    const stop = this.#stops[index];
    if (!stop) return this.end();
    this.#at = index;
    stop.arrive();
    this.#box.hidden = false;
    write("tour-count", `${index + 1} of ${this.#stops.length}`);
    write("tour-words", stop.words);
    element<HTMLButtonElement>("tour-back").disabled = index === 0;
    write("tour-next", index + 1 < this.#stops.length ? "Next" : "Done");
    this.#mark(stop.at);
    element("tour-next").focus({ preventScroll: true });
  }

  /** Outlines one thing, and brings it into sight. */
  #mark(selector: string | undefined): void {
    document.querySelectorAll(".toured").forEach((old) => old.classList.remove("toured"));
    const target = selector ? document.querySelector(selector) : undefined;
    target?.classList.add("toured");
    target?.scrollIntoView({
      block: "center",
      behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth",
    });
  }
}

/** What there is to see; `pick` shows a sample of a group. */
export function stops(pick: (group: string) => void): Stop[] {
  return [
    {
      at: ".headline",
      words:
        "This is something that the network knows. Its verdict is in-distribution, and what it says is worth something.",
      arrive: () => pick("known"),
    },
    {
      at: "#probability",
      words:
        "And this it has never learnt. The classifier must pick one of its classes all the same, and may be sure of it.",
      arrive: () => pick("digits"),
    },
    {
      at: "#strip",
      words:
        "The score tells: it lies beyond nearly all that was held out of what the network knows, behind the threshold.",
      arrive: () => {},
    },
    {
      at: "#push",
      words:
        "Now push something known out of what it knows: turn it, blur it, blend it, and watch its score and its place on the map.",
      arrive: () => {
        pick("known");
        element<HTMLDetailsElement>("push").open = true;
      },
    },
  ];
}
