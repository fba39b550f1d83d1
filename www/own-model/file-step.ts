/** Last step: the detector's file, and the code that uses it. */
import { copyCode } from "../shared/copy-code";
import { element, say } from "../shared/dom";
import { offerDetector } from "./code";
import type { Fitted } from "./proof-step";
import { setStep } from "./step";
import type { Verdict } from "./verdict";

export class FileStep {
  constructor() {
    element("copy").onclick = () => void copyCode();
  }

  /** Takes a detector, or nothing when there is none any more. */
  take(fitted: Fitted | undefined): void {
    setStep("file", fitted ? "open" : "waiting");
    if (fitted) offerDetector(fitted.bytes, fitted.name, fitted.detector.info);
  }

  /** Warns where the proof failed. */
  takeVerdict({ state, words }: Verdict): void {
    element("file-warning").dataset.state = state;
    say("file-warning", state === "known" ? "" : `The proof says: ${words}. See step 3 first.`);
  }
}
