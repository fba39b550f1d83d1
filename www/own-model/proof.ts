/** The proof on the page: a verdict, two bars for each kind of stranger, and the worst misses. */
import type { Detector, Info } from "she-ood/worker";
import { pictureElement } from "../shared/canvas";
import { element, make, say, write } from "../shared/dom";
import { count, plural, probability } from "../shared/words";
import { missesOf, type Stranger, type Tally } from "./strangers";
import { ofHundred, sharesOf, type Verdict } from "./verdict";

/** More misses than this tell nothing new. */
const MOST_SHOWN = 12;

/** Says that strangers are being tried, before a verdict. */
export function showTrying(): void {
  showVerdict({ state: "loading", words: "Trying strangers …", detail: "", next: "" });
}

export function showVerdict({
  state,
  words,
  detail,
  next,
}: Verdict | (Omit<Verdict, "state"> & { state: "loading" })): void {
  element("verdict").dataset.state = state;
  write("verdict-words", words);
  write("verdict-detail", detail);
  say("verdict-next", next);
}

/** Compares detector and classifier on made and brought strangers, and on known pictures. */
export function showContrast({ judgement, idPassRate }: Info, brought: Tally | undefined): void {
  const made = judgement && sharesOf(judgement);
  const rows = [
    ...(made && judgement
      ? [row(madeInWords(judgement), ofHundred, made.detector, made.classifier)]
      : []),
    ...(brought && brought.total > 0 ? [rowOfBrought(brought)] : []),
    row("Known pictures, flagged by mistake", ofHundred, 1 - idPassRate, 1 - idPassRate),
  ];
  element("contrast-rows").replaceChildren(...rows);
  element("contrast").hidden = rows.length < 2;
}

function madeInWords({ samples, strangers }: NonNullable<Info["judgement"]>): string {
  return `${plural(samples * strangers.length, "stranger")} made of your pictures, flagged`;
}

function rowOfBrought({ total, detector, classifier }: Tally): HTMLElement {
  const ofAll = (share: number) => `${count(Math.round(share * total))} of ${count(total)}`;
  return row(
    `${plural(total, "stranger")} tried, flagged`,
    ofAll,
    detector / total,
    classifier === undefined ? undefined : classifier / total,
  );
}

function row(
  name: string,
  inWords: (share: number) => string,
  detector: number,
  classifier: number | undefined,
): HTMLElement {
  const cell = (share: number | undefined, className: string) => {
    if (share === undefined) return make("td", {}, "not known");
    const fill = make("div", { className: `fill ${className}` });
    fill.style.width = `${100 * share}%`;
    return make("td", {}, make("div", { className: "track" }, fill), inWords(share));
  };
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, name),
    cell(classifier, ""),
    cell(detector, "top"),
  );
}

/** A stranger that passes as known, and the picture as the network sees it. */
export interface Miss extends Stranger {
  seen: ImageData;
}

/** The strangers that pass, the most alike first, as many as are shown. */
export async function viewMisses(
  detector: Pick<Detector, "preview">,
  strangers: Stranger[],
  signal: AbortSignal,
): Promise<Miss[]> {
  const shown = missesOf(strangers).slice(0, MOST_SHOWN);
  const view = async (one: Stranger): Promise<Miss> => ({
    ...one,
    seen: await detector.preview(one.file, { signal }),
  });
  return Promise.all(shown.map(view));
}

const urls: string[] = [];

/** Shows strangers that pass as known, of so many. */
export function showMisses(misses: Miss[], strangers: Stranger[]): void {
  for (const url of urls.splice(0)) URL.revokeObjectURL(url);
  write("misses-title", missesInWords(missesOf(strangers).length, strangers.length));
  element("misses").replaceChildren(...misses.map(tile));
  element("misses-hint").hidden = misses.length === 0;
}

function missesInWords(missed: number, total: number): string {
  if (missed === 0) return `None of the ${plural(total, "stranger")} passes as known`;
  const most = missed > MOST_SHOWN ? `, the ${MOST_SHOWN} most alike here` : "";
  return `${count(missed)} of ${plural(total, "stranger")} pass as known${most}`;
}

/** A stranger, what it is, and what the network takes it for. */
function tile({ file, truth, report, seen }: Miss): HTMLElement {
  const src = URL.createObjectURL(file);
  urls.push(src);
  const { label, probability: sure } = report.predicted;
  const picture = make("img", { src, alt: "", decoding: "async", loading: "lazy" });
  const inset = pictureElement(seen);
  return make(
    "li",
    {},
    make("div", { className: "seen" }, picture, inset),
    make("strong", {}, truth),
    make("span", {}, `taken for ${label}, ${probability(sure).replace("> ", "more than ")}`),
  );
}
