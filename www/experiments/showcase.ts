/** A run at a glance: the headline, the contrast in one picture, and pictures that say most. */
import { pictureElement } from "../shared/canvas";
import { element, make, write } from "../shared/dom";
import { count, decimal } from "../shared/words";
import type { Figures } from "./figures";
import { flaggedOf, type Gallery, pick, rankInWords } from "./gallery";
import { concession, headline, pairsOf100 } from "./pairs";
import type { Outcome } from "./run";
import type { Pictured } from "./sample";
import { answer, contrast, sureness, truthOf, withArticle } from "./words";

/** Parts of the page that only a result has. */
const PARTS = ["pairs", "rows"];

export class Showcase {
  readonly #closer = element<HTMLDialogElement>("closer");
  #outcome: Outcome | undefined;

  constructor() {
    element("closer-close").onclick = () => this.#closer.close();
  }

  /** Takes away what an earlier run has left, and says why. */
  clear(words: string): void {
    this.#outcome = undefined;
    this.#closer.close();
    write("headline", words);
    element("featured").replaceChildren();
    for (const id of PARTS) element(id).hidden = true;
  }

  show(outcome: Outcome, { she, msp }: Figures): void {
    this.#outcome = outcome;
    write("headline", `${headline(she.auroc)}.`);
    write("pairs-line", concession(she.auroc, msp.auroc));
    showBar("with", pairsOf100(she.auroc));
    showBar("alone", pairsOf100(msp.auroc));
    const gallery = pick(outcome.samples);
    this.#feature(gallery.catches[0] ?? gallery.misses[0]);
    this.#showRows(gallery);
    for (const id of PARTS) element(id).hidden = false;
  }

  #feature(sample: Pictured | undefined): void {
    element("featured").replaceChildren(...(sample ? this.#compare(sample) : []));
  }

  #showRows(gallery: Gallery): void {
    for (const name of ["catches", "misses", "alarms"] as const)
      element(name).replaceChildren(...gallery[name].map((sample) => this.#makeTile(sample)));
    const samples = this.#outcome?.samples ?? [];
    const [caught, strangers] = flaggedOf(samples, "ood");
    const [alarms, known] = flaggedOf(samples, "id");
    write("catches-line", `${count(caught)} of ${count(strangers)} strangers are flagged.`);
    write("misses-line", `${count(strangers - caught)} of ${count(strangers)} strangers pass.`);
    write("alarms-line", `${count(alarms)} of ${count(known)} known pictures are flagged.`);
  }

  #makeTile(sample: Pictured): HTMLElement {
    const { label, probability } = sample.report.predicted;
    const tile = make(
      "button",
      { type: "button", className: "tile", onclick: () => this.#open(sample) },
      pictureElement(sample.pixels()),
      make("strong", {}, this.#truth(sample)),
      make("span", {}, `says ${label}, ${sureness(probability)}`),
      make("span", {}, `stranger than ${this.#rank(sample)}`),
    );
    tile.dataset.state = sample.report.verdict;
    return make("li", {}, tile);
  }

  #open(sample: Pictured): void {
    const { score, threshold, pValue } = sample.report;
    const numbers =
      `Score ${decimal(score)}, threshold ${decimal(threshold)}, p-value ${decimal(pValue)}. ` +
      `Picture ${count(sample.index)} of ${sample.source}.`;
    element("closer-body").replaceChildren(
      ...this.#compare(sample),
      make("p", { className: "note" }, numbers),
    );
    this.#closer.showModal();
  }

  /** A picture, what it is, and the two answers side by side. */
  #compare(sample: Pictured): HTMLElement[] {
    const { label, probability } = sample.report.predicted;
    const right = label === sample.label && sample.side === "id";
    const picture = pictureElement(sample.pixels());
    picture.role = "img";
    picture.ariaLabel = this.#truth(sample);
    const labels = this.#outcome?.info.labels ?? [];
    const alone = makeAnswer("Classifier alone", `It’s ${withArticle(label)}`, right, [
      `${sureness(probability)} sure`,
    ]);
    const others = sample.side === "id" ? " other" : "";
    const withShe = makeAnswer("With she-ood", answer(sample, labels), isRight(sample, labels), [
      `stranger than ${this.#rank(sample)}${others} known pictures`,
    ]);
    withShe.dataset.state = sample.report.verdict;
    const words = make("p", { className: "contrast" }, this.#sentence(sample));
    return [picture, words, make("div", { className: "answers" }, alone, withShe)];
  }

  #sentence(sample: Pictured): string {
    if (!this.#outcome) return "";
    const { experiment } = this.#outcome.settings;
    return sample.side === "ood"
      ? contrast(sample, experiment)
      : `It truly is ${withArticle(sample.label)}.`;
  }

  #truth(sample: Pictured): string {
    return this.#outcome ? truthOf(sample, this.#outcome.settings.experiment) : "";
  }

  #rank(sample: Pictured): string {
    return rankInWords(sample, this.#outcome?.samples ?? []);
  }
}

/** A stranger is answered rightly by "I don't know", a known picture by its class. */
function isRight({ side, label, report }: Pictured, labels: string[]): boolean {
  const { verdict, set, predicted } = report;
  if (side === "ood") return verdict === "unknown";
  const among = set?.includes(labels.indexOf(label)) ?? false;
  return verdict === "unsure" ? among : verdict === "known" && predicted.label === label;
}

function makeAnswer(who: string, words: string, right: boolean, lines: string[]): HTMLElement {
  return make(
    "div",
    { className: "answer" },
    make("p", { className: "who" }, who),
    make("p", { className: "said" }, words),
    ...lines.map((line) => make("p", { className: "note" }, line)),
    make("p", { className: "mark" }, right ? "✓ right" : "✗ wrong"),
  );
}

function showBar(which: "with" | "alone", pairs: number): void {
  write(`${which}-pairs`, `${pairs} of 100`);
  element(`${which}-bar`).style.width = `${pairs}%`;
}
