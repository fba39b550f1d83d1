/** The two answers side by side: the classifier's alone, and the one with she-ood. */
import type { Info, LoadProgress, Report } from "she-ood";
import { Announcer } from "../shared/announcer";
import { element, make, say, write } from "../shared/dom";
import { showLoading } from "../shared/loading";
import { showFailure, showNothing } from "../shared/report";
import { answerOf, messageOf } from "../shared/words";
import type { Judgement, Mark } from "./truth";

const MARKS: Record<Mark, [sign: string, word: string]> = {
  right: ["✓", "right"],
  wrong: ["✗", "wrong"],
};

export class ContrastView {
  readonly #announcer = new Announcer(element("heard"));

  /** Says what the picture is, before anything is said about it. */
  announce(truth: string): void {
    write("truth", truth);
  }

  load(progress: LoadProgress): void {
    this.#blank("loading");
    showLoading("words", progress);
  }

  /** Says what to do, as nothing is scored. */
  wait(words: string, detail: string): void {
    this.#blank("waiting");
    showNothing("waiting", words, detail);
    this.#announcer.say(`${words}. ${detail}`);
  }

  failToLoad(error: unknown): void {
    const message = messageOf(error).replace(/\.?$/, ".");
    this.fail(`${message} Press Clear to try again.`);
  }

  fail(error: unknown): void {
    this.#blank("failed");
    showFailure(error);
    this.#announcer.say(`This did not work: ${messageOf(error)}`);
  }

  /** Shows what the classifier alone says, and whether each is right; the rest is the report's. */
  show(report: Report, judgement: Judgement): void {
    const { words, detail } = answerOf(report);
    write("alone", words);
    write("alone-detail", detail);
    write("truth", judgement.truth);
    mark("alone-mark", judgement.alone);
    mark("mark", judgement.together);
    say("owned", judgement.owned);
    element("loading-bar").hidden = true;
    const together = element("words").textContent;
    this.#announcer.say(`Classifier alone: ${words}. With she-ood: ${together}.`);
  }

  /** Tells when the two name different classes: the one that is most like the picture is shown. */
  explainNames({ predicted, nearest }: Report, { layers }: Info): void {
    const where = layers.length > 1 ? "over all layers" : "in the hidden layer";
    const words =
      `The classifier says ${predicted.label}, its last layer's choice; ` +
      `${where} the picture is most like ${nearest.label}.`;
    say("differ", predicted.label === nearest.label ? "" : words);
  }

  #blank(state: "loading" | "waiting" | "failed"): void {
    if (state === "loading") showNothing("loading", "Loading …");
    write("alone", "…");
    write("alone-detail", state === "waiting" ? "It will say one of its classes." : "");
    for (const id of ["alone-mark", "mark"]) mark(id, undefined);
    say("owned");
    element("loading-bar").hidden = state !== "loading";
  }
}

function mark(id: string, kind: Mark | undefined): void {
  const place = element(id);
  place.hidden = !kind;
  if (!kind) return;
  const [sign, word] = MARKS[kind];
  place.dataset.mark = kind;
  place.replaceChildren(make("span", { ariaHidden: "true" }, sign), ` ${word}`);
}
