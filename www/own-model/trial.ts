/** Pictures that are tried one by one. */
import type { Report } from "she-ood";
import { element } from "../shared/dom";
import { Latest } from "../shared/latest";
import { offerLayers, showFailure, showNothing, showReport } from "../shared/report";
import { explainError } from "./errors";
import { examplePicture } from "./example";
import { showPicture, showSeen } from "./picture";
import type { Fitted } from "./proof-step";

export class Trial {
  #fitted: Fitted | undefined;
  #report: Report | undefined;
  readonly #scoring = new Latest(
    () => {},
    (error) => showFailure(explainError(error)),
  );

  constructor() {
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
    showSeen(undefined);
    if (!fitted) return;
    const { info } = fitted.detector;
    showNothing("waiting", "Show it a picture");
    offerLayers(info, () => this.#report && showReport(this.#report, info));
  }

  /** Whether there is a detector to try pictures with. */
  get isReady(): boolean {
    return this.#fitted !== undefined;
  }

  tryFile(file: File): void {
    this.#try(async () => file);
  }

  /** Scores a picture, in place of any before it. */
  #try(picture: (signal: AbortSignal) => Promise<File>): void {
    const fitted = this.#fitted;
    if (!fitted) return;
    void this.#scoring.replace(async (signal) => {
      const file = await picture(signal);
      return () => this.#score(fitted, file);
    });
  }

  #score({ detector }: Fitted, file: File): void {
    this.#report = undefined;
    showPicture(file);
    showSeen(undefined);
    showNothing("loading", "Looking at it …");
    void this.#scoring.run(async (signal) => {
      const [report, seen] = await Promise.all([
        detector.score(file, { signal }),
        detector.preview(file, { signal }),
      ]);
      return () => {
        this.#report = report;
        showSeen(seen);
        showReport(report, detector.info);
      };
    });
  }
}
