/** All that shows a report: the contrast, what stands behind it, and the map. */
import type { Info, Report } from "she-ood";
import { keepOffline } from "../offline/register";
import { element, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import { messageOf } from "../shared/words";
import type { Reply, Wanted } from "./ask";
import { ContrastView } from "./contrast";
import { Evidence } from "./evidence";
import { FeatureMap } from "./feature-map";
import { showInset } from "./inset";
import type { Company, Loaded } from "./loaded";
import type { Network } from "./networks";
import { isNone } from "./perturb";
import { snippet } from "./snippet";
import type { State } from "./state";
import { type Judgement, judge, judgeOwn, judgePushed, ratesInWords } from "./truth";
import { WhyView } from "./why";

const ignore = () => {};

export class View {
  readonly contrast = new ContrastView();
  readonly #why = new WhyView();
  readonly #evidence: Evidence;
  readonly #map = new FeatureMap(element<HTMLCanvasElement>("map"));
  readonly #placing = new Latest(ignore, (error) =>
    this.#map.say(`They could not be placed: ${messageOf(error)}`),
  );

  /** Calls `score` when more is to be shown of the picture. */
  constructor(score: () => void) {
    this.#evidence = new Evidence(score);
  }

  /** What is visible beside a report. */
  get wanted(): Wanted {
    return { explanation: this.#evidence.wanted, features: this.#map.isFilled };
  }

  /** Says what a network knows and how it is loaded, before it is there. */
  introduce(network: Network): void {
    write("knows", network.knows);
    write("rates", ratesInWords(network));
    write("code", snippet(network.name));
    write("copied", "");
  }

  /** Takes a network. */
  prepare(info: Info): void {
    this.#why.prepare(info);
    this.#evidence.forgetLayers();
  }

  /** Takes what reports are seen beside. */
  compare(company: Company): void {
    this.#why.compare(company);
    this.#evidence.offerLayers(company.explanation);
    keepOffline();
  }

  /** Fills the map once it can be seen, and calls `placed`; all else can be used meanwhile. */
  place(loaded: Loaded, { samples }: Company, placed: () => void): void {
    this.#map.prepare(loaded.detector.info, samples);
    this.#why.whenOpen(() => this.#fill(loaded, placed));
  }

  #fill(loaded: Loaded, placed: () => void): void {
    this.#map.say("Placing them …");
    void this.#placing.replace(async () => {
      const cloud = await loaded.cloud();
      return () => {
        this.#why.setPortraits(cloud.portraits);
        this.#map.show(cloud);
        placed();
      };
    });
  }

  /** Forgets the picture before. */
  empty(): void {
    this.#evidence.hide();
  }

  leave(): void {
    this.#why.whenOpen(ignore);
    this.#placing.drop();
    this.#map.empty();
  }

  show(state: State, { network, detector: { info } }: Loaded, reply: Reply, scored: ImageData) {
    const { report, features, explanation, seen } = reply;
    this.#why.show(report);
    this.contrast.show(report, judged(state, network, report, info.labels));
    this.contrast.explainNames(report, info);
    showInset(seen ?? scored);
    this.#evidence.show(explanation, report.nearest.label, scored.width / scored.height);
    if (features) this.#map.move(features, report);
  }
}

function judged(
  { subject, perturbation }: State,
  network: Network,
  report: Report,
  labels: string[],
): Judgement {
  if (!subject?.is) return judgeOwn(network, report);
  if (!isNone(perturbation)) return judgePushed(network, subject.is, report);
  return judge(network, subject.is, report, labels);
}
