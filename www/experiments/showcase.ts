/** A run at a glance: the headline, the contrast in one picture, and pictures that say most. */
import { pictureElement } from "../shared/canvas";
import { element, make, write } from "../shared/dom";
import { count, decimal } from "../shared/words";
import { compare } from "./comparison";
import type { Figures } from "./figures";
import { flaggedOf, type Gallery, pick, rankInWords } from "./gallery";
import { concession, headline, pairsOf100 } from "./pairs";
import type { Outcome } from "./run";
import type { Pictured } from "./sample";
import { sureness, truthOf } from "./words";

/** Parts of the page that only a result has. */
const PARTS = ["pairs", "rows"];

export class Showcase {
  readonly #closer = element<HTMLDialogElement>("closer");

  constructor() {
    element("closer-close").onclick = () => this.#closer.close();
  }

  /** Takes away what an earlier run has left, and says why. */
  clear(words: string): void {
    this.#closer.close();
    write("headline", words);
    element("featured").replaceChildren();
    for (const id of PARTS) element(id).hidden = true;
  }

  show(outcome: Outcome, { she, msp }: Figures): void {
    write("headline", `${headline(she.auroc)}.`);
    write("pairs-line", concession(she.auroc, msp.auroc));
    showBar("with", pairsOf100(she.auroc));
    showBar("alone", pairsOf100(msp.auroc));
    const gallery = pick(outcome.samples);
    const featured = gallery.catches[0] ?? gallery.misses[0];
    element("featured").replaceChildren(...(featured ? compare(featured, outcome) : []));
    this.#showRows(gallery, outcome);
    writeRates(outcome.samples);
    for (const id of PARTS) element(id).hidden = false;
  }

  #showRows(gallery: Gallery, outcome: Outcome): void {
    for (const name of ["catches", "misses", "alarms"] as const)
      element(name).replaceChildren(
        ...gallery[name].map((sample) => make("li", {}, this.#makeTile(sample, outcome))),
      );
  }

  #makeTile(sample: Pictured, outcome: Outcome): HTMLElement {
    const { label, probability } = sample.report.predicted;
    return make(
      "button",
      { type: "button", className: "tile", onclick: () => this.#open(sample, outcome) },
      pictureElement(sample.pixels()),
      make("strong", {}, truthOf(sample, outcome.settings.experiment)),
      make("span", {}, `says ${label}, ${sureness(probability)}`),
      make("span", {}, `stranger than ${rankInWords(sample, outcome.samples)}`),
    );
  }

  #open(sample: Pictured, outcome: Outcome): void {
    const { score, threshold, pValue } = sample.report;
    const numbers =
      `Score ${decimal(score)}, threshold ${decimal(threshold)}, p-value ${decimal(pValue)}. ` +
      `${sample.source}: picture ${count(sample.index)} in its file, counted from 0.`;
    const note = make("p", { className: "note" }, numbers);
    element("closer-body").replaceChildren(...compare(sample, outcome), note);
    this.#closer.showModal();
  }
}

/** Says how often each side is flagged at the detector's own threshold. */
function writeRates(samples: readonly Pictured[]): void {
  const [caught, strangers] = flaggedOf(samples, "ood");
  const [alarms, known] = flaggedOf(samples, "id");
  write("catches-line", `${count(caught)} of ${count(strangers)} strangers are flagged.`);
  write("misses-line", `${count(strangers - caught)} of ${count(strangers)} strangers pass.`);
  write("alarms-line", `${count(alarms)} of ${count(known)} known pictures are flagged.`);
}

function showBar(which: "with" | "alone", pairs: number): void {
  write(`${which}-pairs`, `${pairs} of 100`);
  element(`${which}-bar`).style.width = `${pairs}%`;
}
