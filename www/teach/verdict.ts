/** Shows verdicts: headline, similarities, and how strange the picture is. */
import type { Report } from "she-ood";
import { Announcer } from "../shared/announcer";
import { element, say, write } from "../shared/dom";
import type { Lesson } from "./lesson";
import { Strip } from "./strip";
import { mistakeOf, strangeness, type Verdict, verdictOf } from "./verdict-words";

/** A verdict as it is shown, with what a mistake would be. */
interface Headline extends Omit<Verdict, "state"> {
  state: Verdict["state"] | "waiting" | "loading" | "failed";
  mistake: string;
}

export class VerdictView {
  readonly #announcer = new Announcer(element("heard"));
  readonly #strip = new Strip(element("strip"));
  /** The verdict before, which is shown once another agrees. */
  #last: Headline | undefined;

  /** Whether it waits for something to be shown. */
  get isWaiting(): boolean {
    return element("verdict").dataset.state === "waiting";
  }

  /** Shows the verdict on a frame; a headline changes when two frames in a row agree. */
  showLive(report: Report, lesson: Lesson): void {
    const verdict = this.#verdict(report, lesson);
    if (this.#last && isSame(verdict, this.#last)) this.#headline(verdict);
    this.#last = verdict;
    this.#details(report, lesson);
  }

  /** Shows the verdict on a picture that stays. */
  showStill(report: Report, lesson: Lesson): void {
    this.#headline(this.#verdict(report, lesson));
    this.#details(report, lesson);
  }

  /** Shows words alone, as there is no report. */
  showNothing(state: "waiting" | "loading" | "failed", words: string, detail = ""): void {
    this.#last = undefined;
    this.#headline({ state, words, detail, mistake: "" });
    element("answers").hidden = true;
  }

  #verdict(report: Report, { info }: Lesson): Headline {
    const labels = info.classes.map(({ label }) => label);
    const mistake = mistakeOf(report, info.examples / labels.length);
    return { ...verdictOf(report, labels, info.needed), mistake };
  }

  #headline({ state, words, detail, mistake }: Headline): void {
    element("verdict").dataset.state = state;
    write("words", words);
    write("detail", detail);
    say("owned", mistake);
    this.#announcer.say(state === "failed" ? `${words}. ${detail}` : words);
  }

  #details(report: Report, { info }: Lesson): void {
    element("answers").hidden = false;
    const labels = info.classes.map(({ label }) => label);
    const similarities = report.layers[0]?.similarities ?? [];
    // A class was added or removed while the picture was looked at.
    if (similarities.length === labels.length)
      this.#strip.show(labels, similarities, report.threshold);
    element("strip").classList.toggle("limited", Number.isFinite(report.threshold));
    write("strangeness", strangeness(report, info.examples));
  }
}

const isSame = (one: Headline, other: Headline) =>
  one.state === other.state && one.words === other.words;
