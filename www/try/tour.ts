/** A guided tour of four steps. */
import { element, write } from "../shared/dom";

export interface Stop {
  /** Selects the part of the page that it is about. */
  at: string;
  words: string;
  /** Prepares the page for it. */
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
    mark(undefined);
    element("tour-start").focus();
  }

  #go(index: number): void {
    const stop = this.#stops[index];
    if (!stop) {
      this.end();
      return;
    }
    this.#at = index;
    stop.arrive();
    this.#box.hidden = false;
    write("tour-count", `${index + 1} of ${this.#stops.length}`);
    write("tour-words", stop.words);
    element<HTMLButtonElement>("tour-back").disabled = index === 0;
    write("tour-next", index + 1 < this.#stops.length ? "Next" : "Done");
    mark(stop.at);
    element("tour-next").focus({ preventScroll: true });
  }
}

/** Outlines one part of the page, and scrolls to it. */
function mark(selector: string | undefined): void {
  for (const old of document.querySelectorAll(".toured")) old.classList.remove("toured");
  const target = selector ? document.querySelector(selector) : undefined;
  target?.classList.add("toured");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  target?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" });
}

/** The stops; `pick` shows a sample of a group. */
export function makeStops(pick: (group: string) => void): Stop[] {
  return [
    {
      at: ".headline",
      words:
        "The network knows this kind of picture. It is in-distribution, " +
        "so the classifier's answer is worth something.",
      arrive: () => pick("known"),
    },
    {
      at: "#probability",
      words:
        "The network never learnt this. It must still pick one of its classes, and may sound sure.",
      arrive: () => pick("digits"),
    },
    {
      at: "#strip",
      words: "Its score is higher than almost any picture the network knows, so it is flagged.",
      arrive: () => {},
    },
    {
      at: "#push",
      words:
        "Now push a known picture out of distribution: turn, blur or blend it, " +
        "and watch its score and its place on the map.",
      arrive: () => {
        pick("known");
        element<HTMLDetailsElement>("push").open = true;
      },
    },
  ];
}
