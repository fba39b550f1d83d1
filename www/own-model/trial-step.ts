/** Last step: pictures are tried, and the detector is taken away. */
import type { Report } from "she-ood";
import { copyCode } from "../shared/copy-code";
import { element } from "../shared/dom";
import { onChoose, onDrop } from "../shared/drop";
import { Latest } from "../shared/latest";
import { offerLayers, showFailure, showNothing, showReport } from "../shared/report";
import { offerDetector } from "./code";
import { explainError } from "./errors";
import { examplePicture } from "./example";
import type { Fitted } from "./fit-step";
import { showPicture } from "./picture";
import { openStep } from "./step";

export class TrialStep {
  #fitted: Fitted | undefined;
  #report: Report | undefined;
  readonly #scoring = new Latest(
    () => {},
    (error) => showFailure(explainError(error)),
  );

  constructor() {
    onChoose(element<HTMLInputElement>("trial-file"), ([file]) => this.#try(async () => file));
    onDrop(element("trial-zone"), ({ files: [file] }) => this.#try(async () => file));
    element("copy").onclick = () => void copyCode();
    for (const button of element("trial-examples").querySelectorAll("button"))
      button.onclick = () => this.#try((signal) => examplePicture(button, signal));
  }

  /** Takes a detector, or nothing when there is none any more. */
  take(fitted: Fitted | undefined): void {
    this.#scoring.drop();
    this.#fitted?.detector.dispose();
    this.#fitted = fitted;
    this.#report = undefined;
    element("picture").hidden = true;
    openStep("trial", fitted !== undefined);
    if (!fitted) return;
    const { info } = fitted.detector;
    showNothing("waiting", "Show it a picture");
    offerLayers(info, () => this.#report && showReport(this.#report, info));
    offerDetector(fitted.bytes, fitted.name, info);
  }

  /** Scores a picture, in place of any before it. */
  #try(picture: (signal: AbortSignal) => Promise<File | undefined>): void {
    const fitted = this.#fitted;
    if (!fitted) return;
    void this.#scoring.replace(async (signal) => {
      const file = await picture(signal);
      if (!file) return () => {};
      return () => this.#score(fitted, file);
    });
  }

  #score({ detector }: Fitted, file: File): void {
    this.#report = undefined;
    showPicture(file);
    showNothing("loading", "Looking at it …");
    void this.#scoring.run(async (signal) => {
      const report = await detector.score(file, { signal });
      return () => {
        this.#report = report;
        showReport(report, detector.info);
      };
    });
  }
}
