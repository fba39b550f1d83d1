/** Third step: the fit. */
import type { Detector } from "she-ood/worker";
import { element, say, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import { plural } from "../shared/words";
import { explainError } from "./errors";
import { type Fit, fitPlan } from "./fit-plan";
import type { Plan } from "./plan";
import { showProgress } from "./progress";
import { otherOrder, showResult } from "./result";
import { holdSteps, openStep } from "./step";

/** A detector that is ready, and its file. */
export interface Fitted {
  detector: Detector;
  bytes: Uint8Array<ArrayBuffer>;
  name: string;
}

export class FitStep {
  readonly #tell: (fitted: Fitted | undefined) => void;
  readonly #reorder: (outputs: number[]) => void;
  readonly #fitting = new Latest(
    (busy) => {
      holdSteps(["model", "pictures"], busy);
      showProgress(busy);
    },
    (error) => say("fit-error", explainError(error)),
  );
  #plan: Plan | undefined;
  #fitted = false;

  /** Tells the next step of a detector, or of none; `reorder` is told other outputs to try. */
  constructor(tell: (fitted: Fitted | undefined) => void, reorder: (outputs: number[]) => void) {
    this.#tell = tell;
    this.#reorder = reorder;
    element("start").onclick = () => this.#start();
    element("stop").onclick = () => this.#stop();
  }

  /** Takes what to fit, or nothing. The detector fitted before stays until the next fit. */
  take(plan: Plan | undefined): void {
    this.#plan = plan;
    openStep("fit", plan !== undefined);
    if (this.#fitted) {
      openStep("trial");
      for (const id of ["fit-outdated", "trial-outdated"]) element(id).hidden = false;
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
    this.#tell(undefined);
    this.#fitted = false;
    for (const id of ["result", "fit-outdated", "trial-outdated"]) element(id).hidden = true;
    write("fit-status", "");
    say("fit-error");
  }

  #show({ classifier, folders, outputs }: Plan, fit: Fit): void {
    const { detector, bytes, answers, unread } = fit;
    const names = folders.map(({ name }) => name);
    const result = { info: detector?.info, folders: names, outputs, answers, unread };
    showResult(result);
    this.#offerOrder(otherOrder(result));
    element("result").hidden = false;
    if (fit.error) say("fit-error", explainError(fit.error));
    if (!detector) return;
    const used = detector.info.counts.reduce((sum, count) => sum + count, 0);
    write("fit-status", used ? `Done: a detector of ${plural(used, "picture")}.` : "");
    this.#fitted = true;
    this.#tell({ detector, bytes, name: `${classifier.name}-detector.onnx` });
  }

  #offerOrder(order: number[] | undefined): void {
    const button = element("reorder");
    button.hidden = !order;
    button.onclick = () => {
      if (order) this.#reorder(order);
      element("start").focus();
    };
  }
}
