/** Last step: pictures are judged, and the detector taken away. */
import type { Report } from "she-ood";
import { copyCode } from "../shared/copy-code";
import { offer } from "./code";
import { element } from "../shared/dom";
import { onChoose, onDrop } from "./drop";
import { explained } from "./errors";
import { examplePicture } from "./example";
import type { Fitted } from "./fit-step";
import { open } from "./step";
import { offerLayers, showFailure, showNothing, showReport } from "../shared/report";
import { showPicture } from "./picture";

export class TrialStep {
  #fitted: Fitted | undefined;
  #report: Report | undefined;
  #turn = 0;

  constructor() {
    onChoose(
      element<HTMLInputElement>("trial-file"),
      ([file]) => void this.#judge(async () => file!),
    );
    onDrop(
      element("trial-zone"),
      ({ files: [file] }) => file && void this.#judge(async () => file),
    );
    element("copy").onclick = () => void copyCode();
    for (const button of element("trial-examples").querySelectorAll("button")) {
      const place = button.value.split(" ").map(Number) as [number, number];
      button.onclick = () => void this.#judge(() => examplePicture(place, button.textContent!));
    }
  }

  /** Takes a detector, or that there is none any more. */
  take(fitted: Fitted | undefined): void {
    this.#fitted?.detector.dispose();
    this.#fitted = fitted;
    this.#report = undefined;
    this.#turn++;
    element("picture").hidden = true;
    open("trial", fitted !== undefined);
    if (!fitted) return;
    const { info } = fitted.detector;
    showNothing("waiting", "Show it a picture");
    offerLayers(info, () => this.#report && showReport(this.#report, info));
    offer(fitted.bytes, fitted.name, info);
  }

  /** Judges a picture, unless a later one, or another fit, comes meanwhile. */
  async #judge(picture: () => Promise<File>): Promise<void> {
    const [turn, fitted] = [++this.#turn, this.#fitted];
    if (!fitted) return;
    const stale = () => turn !== this.#turn;
    try {
      const file = await picture();
      if (stale()) return;
      this.#wait(file);
      const report = await fitted.detector.score(file);
      if (!stale()) showReport((this.#report = report), fitted.detector.info);
    } catch (error) {
      if (!stale()) showFailure(explained(error));
    }
  }

  /** Shows a picture, and no verdict on another. */
  #wait(file: File): void {
    this.#report = undefined;
    showPicture(file);
    showNothing("loading", "Looking at it …");
  }
}
