/** A guided tour of four steps. */
import { element, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import type { ScoredSample } from "./loaded";

export interface Stop {
  /** Selects the part of the page that it is about. */
  at: string;
  words: string;
  /** Prepares the page for it, unless it is told to stop. */
  arrive(signal: AbortSignal): Promise<void>;
}

export class Tour {
  readonly #stops: Stop[];
  readonly #box = element("tour");
  readonly #going = new Latest(
    () => {},
    () => this.end(),
  );
  #at = 0;

  constructor(stops: Stop[]) {
    this.#stops = stops;
    element("tour-start").onclick = () => this.#go(0);
    element("tour-back").onclick = () => this.#go(Math.max(0, this.#at - 1));
    element("tour-next").onclick = () => this.#go(this.#at + 1);
    element("tour-end").onclick = () => this.end();
    this.#box.addEventListener("keydown", ({ key }) => key === "Escape" && this.end());
  }

  end(): void {
    this.#going.drop();
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
    void this.#going.replace(async (signal) => {
      await stop.arrive(signal);
      return () => this.#show(stop, index);
    });
  }

  #show(stop: Stop, index: number): void {
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

/** The stops; each shows a sample of which its words hold. */
export function makeStops(
  pick: (test: (sample: ScoredSample) => boolean, signal: AbortSignal) => Promise<void>,
): Stop[] {
  const known = (signal: AbortSignal) => pick(isKnown, signal);
  const stranger = (signal: AbortSignal) => pick(isStranger, signal);
  return [
    {
      at: "#report",
      words:
        "This is a picture of what it was taught. The classifier is right, " +
        "and she-ood lets its answer pass.",
      arrive: known,
    },
    {
      at: "#report",
      words:
        "It was never taught this. The classifier must still pick one of its classes, and is " +
        'sure. With she-ood it says "I don\'t know".',
      arrive: stranger,
    },
    {
      at: "#strip",
      words: "Its score lies beyond the line that nearly all pictures it knows stay below.",
      async arrive(signal) {
        await stranger(signal);
        open("why");
      },
    },
    {
      at: "#push",
      words:
        "Now push a known picture out: drag Blend, and watch the dot cross the line on its way.",
      async arrive(signal) {
        await known(signal);
        open("why");
        open("push");
      },
    },
  ];
}

/** More sure than this is sure. */
const SURE = 0.95;

function isKnown({ group, name, report }: ScoredSample): boolean {
  return group === "known" && report.verdict === "known" && name.endsWith(report.predicted.label);
}

function isStranger({ group, report }: ScoredSample): boolean {
  return group !== "known" && report.verdict === "unknown" && report.predicted.probability > SURE;
}

function open(id: string): void {
  element<HTMLDetailsElement>(id).open = true;
}
