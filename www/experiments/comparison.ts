/** A picture with both answers: the classifier's alone, and the one with she-ood. */
import { pictureElement } from "../shared/canvas";
import { make } from "../shared/dom";
import { headlineOf, itIs, withArticle } from "../shared/words";
import { rankInWords } from "./gallery";
import type { Outcome } from "./run";
import type { Pictured } from "./sample";
import { contrast, sureness, truthOf } from "./words";

/** The picture, a sentence, and the two answers side by side. */
export function compare(sample: Pictured, outcome: Outcome): HTMLElement[] {
  const { experiment } = outcome.settings;
  const picture = pictureElement(sample.pixels());
  picture.role = "img";
  picture.ariaLabel = truthOf(sample, experiment);
  const words =
    sample.side === "ood"
      ? contrast(sample, experiment)
      : `It truly is ${withArticle(sample.label)}.`;
  return [
    picture,
    make("p", { className: "contrast" }, words),
    make("div", { className: "answers" }, alone(sample), together(sample, outcome)),
  ];
}

function alone({ side, label, report }: Pictured): HTMLElement {
  const { predicted } = report;
  const right = side === "id" && predicted.label === label;
  const sure = `${sureness(predicted.probability)} sure`;
  return makeAnswer("Classifier alone", itIs(predicted.label), sure, right);
}

function together(sample: Pictured, { samples, info }: Outcome): HTMLElement {
  const known = sample.side === "id" ? "other known pictures" : "known pictures";
  const rank = `stranger than ${rankInWords(sample, samples)} ${known}`;
  const { words, state } = headlineOf(sample.report, info);
  const answer = makeAnswer("With she-ood", words, rank, isRight(sample, info.labels));
  answer.dataset.state = state;
  return answer;
}

/** A stranger is answered rightly by "I don't know", a known picture by its class. */
export function isRight(
  { side, label, report }: Pick<Pictured, "side" | "label" | "report">,
  labels: string[],
): boolean {
  const { verdict, set, predicted } = report;
  if (side === "ood") return verdict === "unknown";
  const among = set?.includes(labels.indexOf(label)) ?? false;
  return verdict === "unsure" ? among : verdict === "known" && predicted.label === label;
}

function makeAnswer(who: string, words: string, detail: string, right: boolean): HTMLElement {
  return make(
    "div",
    { className: "answer" },
    make("p", { className: "who" }, who),
    make("p", { className: "said" }, words),
    make("p", { className: "note" }, detail),
    make("p", { className: "mark" }, right ? "✓ right" : "✗ wrong"),
  );
}
