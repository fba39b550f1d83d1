/** Third step: the fit. */
import { Detector, Model } from "she-ood/worker";
import { type Answers, answersOf, some } from "./accuracy";
import { element, say, write } from "../shared/dom";
import { codeOf, explained } from "./errors";
import { type Picture, fitted, picturesOf } from "./fit";
import type { Plan } from "./plan";
import { phase, showProgress } from "./progress";
import { otherOrder, showResult } from "./result";
import { hold, open } from "./step";
import { plural } from "../shared/words";

/** A detector that is ready, and its file. */
export interface Fitted {
  detector: Detector;
  bytes: Uint8Array<ArrayBuffer>;
  name: string;
}

export class FitStep {
  readonly #done: (fitted: Fitted | undefined) => void;
  readonly #reorder: (outputs: number[]) => void;
  #plan: Plan | undefined;
  #fitted = false;
  #controller: AbortController | undefined;
  #unread = new Set<string>();

  constructor(done: (fitted: Fitted | undefined) => void, reorder: (outputs: number[]) => void) {
    this.#done = done;
    this.#reorder = reorder;
    element("start").onclick = () => void this.#start();
    element("stop").onclick = () => this.#controller?.abort();
  }

  /**
   * Takes what is to be fitted, or that there is nothing. What was fitted before stays until the
   * next fit.
   */
  take(plan: Plan | undefined): void {
    this.#controller?.abort();
    this.#plan = plan;
    open("fit", plan !== undefined);
    if (!this.#fitted) return this.#forget();
    open("trial");
    for (const id of ["fit-outdated", "trial-outdated"]) element(id).hidden = false;
  }

  #forget(): void {
    this.#done(undefined);
    this.#fitted = false;
    for (const id of ["result", "fit-outdated", "trial-outdated"]) element(id).hidden = true;
    write("fit-status", "");
    say("fit-error");
  }

  async #start(): Promise<void> {
    if (!this.#plan) return;
    this.#forget();
    this.#unread.clear();
    const { signal } = (this.#controller = new AbortController());
    this.#working(true);
    try {
      await this.#fit(this.#plan, signal);
    } catch (error) {
      if (signal.aborted) write("fit-status", "Stopped. Nothing was kept.");
      else say("fit-error", explained(error));
    } finally {
      this.#working(false);
    }
  }

  #working(now: boolean): void {
    hold(["model", "pictures"], now);
    showProgress(now);
  }

  async #fit(plan: Plan, signal: AbortSignal): Promise<void> {
    const pictures = picturesOf(plan.classes, plan.outputs);
    const bytes = await this.#bytes(plan, pictures, signal).catch((error: unknown) => {
      if (codeOf(error) === "fit") return this.#explain(plan, pictures, error, signal);
      throw error;
    });
    if (!bytes) return;
    const detector = await Detector.load(bytes, { signal });
    try {
      this.#show(plan, detector, await this.#answers(plan, detector, pictures, signal));
    } catch (error) {
      detector.dispose();
      throw error;
    }
    this.#fitted = true;
    this.#done({ detector, bytes, name: `${plan.model.name}-detector.onnx` });
  }

  async #bytes(
    { model, options, settings }: Plan,
    pictures: Picture[],
    signal: AbortSignal,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const work = phase("Fitting", pictures.length, signal);
    const unread = ({ name }: File) => this.#unread.add(name);
    const detector = await fitted(
      model.bytes,
      options,
      settings.idPassRate,
      pictures,
      unread,
      work,
    );
    try {
      return await detector.toBytes();
    } finally {
      detector.dispose();
    }
  }

  #answers(
    plan: Plan,
    runner: Pick<Detector, "features">,
    pictures: Picture[],
    signal: AbortSignal,
  ): Promise<Answers[]> {
    const looked = some(pictures);
    return answersOf(
      runner,
      plan.classes.length,
      looked,
      phase("Asking the model", looked.length, signal),
    );
  }

  /** Where no picture is recognised, what the model answers instead tells why. */
  async #explain(
    plan: Plan,
    pictures: Picture[],
    error: unknown,
    signal: AbortSignal,
  ): Promise<undefined> {
    const { preprocess } = plan.options;
    const model = await Model.load(plan.model.bytes, { ...(preprocess && { preprocess }), signal });
    try {
      this.#show(plan, undefined, await this.#answers(plan, model, pictures, signal));
      say("fit-error", explained(error));
    } finally {
      model.dispose();
    }
  }

  #show({ classes, outputs }: Plan, detector: Detector | undefined, answers: Answers[]): void {
    const result = {
      info: detector?.info,
      folders: classes.map(({ name }) => name),
      outputs,
      answers,
      unread: [...this.#unread],
    };
    showResult(result);
    this.#offerOrder(otherOrder(result));
    element("result").hidden = false;
    const behind = detector?.info.counts.reduce((sum, count) => sum + count, 0);
    write("fit-status", behind ? `Done: a detector of ${plural(behind, "picture")}.` : "");
  }

  #offerOrder(order: number[] | undefined): void {
    const button = element("reorder");
    button.hidden = !order;
    button.onclick = () => {
      this.#reorder(order!);
      element("start").focus();
    };
  }
}
