/** Runs what the form asks for, and shows how it goes and what comes out. */
import { complain, element, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import { evaluateScores } from "./figures";
import { Form } from "./form";
import { LiveHistogram } from "./live-histogram";
import { showProgress } from "./progress";
import { Result } from "./result";
import { run } from "./run";
import type { ScoreName } from "./sample";
import { fromHash, type Settings, toHash } from "./settings";
import { describeSettings, summarize } from "./summary";

export class ExperimentsPage {
  readonly #result = new Result();
  readonly #form = new Form(
    () => this.#settingsChanged(),
    () => this.#start(),
  );
  readonly #running = new Latest(
    (running) => this.#form.showRunning(running),
    (error) => {
      complain("run-error", error);
      element("status").hidden = true;
    },
  );
  #score: ScoreName = "she";

  /** Shows the settings of an address. */
  restore(hash: string): void {
    const settings = fromHash(hash);
    this.#form.write(settings);
    this.#chooseScore(settings.score);
  }

  /** Turns the charts to another score. */
  showScore(score: ScoreName): void {
    this.#chooseScore(score);
    this.#remember();
  }

  /** Stops the run, if there is one. */
  stop(): void {
    if (!this.#running.busy) return;
    this.#running.drop();
    element("status").hidden = true;
    write("summary", `Stopped. ${element("progress-text").textContent}.`);
  }

  #chooseScore(score: ScoreName): void {
    this.#score = score;
    element<HTMLInputElement>(`score-${score}`).checked = true;
    this.#result.choose(score);
  }

  #settingsChanged(): void {
    this.#remember();
    if (!element("outcome").hidden) showOutdated(true);
  }

  #remember(): void {
    history.replaceState(null, "", toHash(this.#form.read(this.#score)));
  }

  #start(): void {
    // The enter key asks for it at any time.
    if (this.#running.busy) return;
    const settings = this.#form.read(this.#score);
    this.#clear(settings);
    const live = new LiveHistogram(settings, (shown) => this.#result.watch(shown));
    void this.#running.run(async (signal) => {
      const outcome = await run(settings, {
        signal,
        onProgress: showProgress,
        onDetector: (info) => live.setThreshold(info.threshold),
        onSample: (sample) => live.add(sample),
      });
      const figures = await evaluateScores(outcome.samples);
      return () => {
        this.#result.show(outcome, figures, this.#score);
        element("status").hidden = true;
        write("summary", summarize(outcome, figures));
      };
    });
  }

  /** Takes away what an earlier run has left. */
  #clear(settings: Settings): void {
    complain("run-error");
    this.#result.clear();
    showOutdated(false);
    write("summary", "");
    write("describes", describeSettings(settings));
    element("status").hidden = false;
  }
}

/** Says whether the result is of other settings than the form's. */
function showOutdated(outdated: boolean): void {
  element("result").classList.toggle("stale", outdated);
  element("outdated").hidden = !outdated;
}
