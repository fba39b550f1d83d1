/** Third step: the fit, and the proof that it works. */
import type { Detector } from "she-ood/worker";
import { element, say, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import { accuracyOf } from "./accuracy";
import { explainError } from "./errors";
import { type Fit, fitPlan } from "./fit-plan";
import { countPictures } from "./pictures-step";
import type { Plan } from "./plan";
import { showProgress } from "./progress";
import { showContrast, showTrying, showVerdict } from "./proof";
import { otherOrder, showResult } from "./result";
import { showChosen } from "./setup";
import { hold, setStep } from "./step";
import { confidenceCut } from "./strangers";
import { type Outcome, StrangersPart } from "./strangers-part";
import { type Verdict, verdictOf } from "./verdict";

/** A detector that is ready, and its file. */
export interface Fitted {
  detector: Detector;
  bytes: Uint8Array<ArrayBuffer>;
  name: string;
}

/** What the proof tells the rest of the page. */
export interface Listener {
  /** A detector, or none. */
  fitted(fitted: Fitted | undefined): void;
  proven(verdict: Verdict): void;
  /** Other outputs to try. */
  reorder(outputs: number[]): void;
}

export class ProofStep {
  readonly #listener: Listener;
  readonly strangers = new StrangersPart((outcome) => this.#judge(outcome));
  readonly #fitting = new Latest(
    (busy) => {
      hold(["model-step", "pictures-step", "settings"], busy);
      showProgress(busy);
      if (!busy && this.#fit?.detector) element("verdict").focus();
    },
    (error) => say("fit-error", explainError(error)),
  );
  #plan: Plan | undefined;
  #fit: Fit | undefined;

  constructor(listener: Listener) {
    this.#listener = listener;
    element("start").onclick = () => this.#start();
    element("stop").onclick = () => this.#stop();
  }

  /** Takes what to fit, or nothing yet. The detector fitted before stays until the next fit. */
  take(plan: Plan | undefined, isReady: boolean): void {
    this.#plan = plan;
    const isFitted = this.#fit?.detector !== undefined;
    setStep("proof", isReady || isFitted ? "open" : "waiting");
    if (isFitted) {
      for (const id of ["fit-outdated", "file-outdated"]) element(id).hidden = false;
      offerFit("Fit again", true);
    } else this.#forget();
    this.#stop();
  }

  #start(): void {
    const plan = this.#plan;
    if (!plan || this.#fitting.busy) return;
    this.#forget();
    void this.#fitting.run(async (signal) => {
      const fit = await fitPlan(plan, signal);
      return () => this.#show(plan, fit);
    });
  }

  #stop(): void {
    if (!this.#fitting.busy) return;
    this.#fitting.drop();
    write("fit-status", "Stopped. Nothing was kept.");
  }

  #forget(): void {
    this.#fit = undefined;
    this.strangers.take(undefined);
    this.#listener.fitted(undefined);
    for (const id of ["result", "details", "trial-body", "fit-outdated", "file-outdated"])
      element(id).hidden = true;
    offerFit("Fit and prove it", true);
    write("fit-status", "");
    say("fit-error");
  }

  #show(plan: Plan, fit: Fit): void {
    const { classifier, folders, outputs } = plan;
    const { detector, bytes, answers, unread, msp } = fit;
    const names = folders.map(({ name }) => name);
    const total = countPictures(folders);
    const result = { info: detector?.info, folders: names, outputs, answers, unread, total };
    this.#fit = fit;
    showResult(result);
    this.#offerOrder(otherOrder(result));
    element("result").hidden = false;
    offerFit("Fit again", !detector);
    if (fit.error) say("fit-error", explainError(fit.error));
    if (!detector) return;
    showChosen(detector.info);
    element("trial-body").hidden = false;
    this.#listener.fitted({ detector, bytes, name: `${classifier.name}-detector.onnx` });
    const cut = msp.length > 0 ? confidenceCut(msp, detector.info.idPassRate) : undefined;
    this.strangers.take({ detector, cut });
  }

  /** Shows what the strangers that were brought say, or else those that were made. */
  #judge(outcome: Outcome): void {
    const { detector, answers } = this.#fit ?? {};
    element("proof").hidden = !detector;
    if (!detector || !answers) return;
    const tally = outcome === "trying" ? undefined : outcome;
    showContrast(detector.info, tally);
    if (outcome === "trying") {
      showTrying();
      return;
    }
    const verdict = verdictOf(detector.info, accuracyOf(answers), tally);
    showVerdict(verdict);
    this.#listener.proven(verdict);
  }

  #offerOrder(order: number[] | undefined): void {
    const button = element("reorder");
    button.hidden = !order;
    button.onclick = () => {
      if (order) this.#listener.reorder(order);
      element("start").focus();
    };
  }
}

/** Names the button; it stands out where it is the next thing to do. */
function offerFit(words: string, isNext: boolean): void {
  write("start", words);
  element("start").classList.toggle("main", isNext);
}
