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
import { Showcase } from "./showcase";
import { describeRun, describeSettings, summarize } from "./summary";

export class ExperimentsPage {
  readonly #result = new Result();
  readonly #showcase = new Showcase();
  readonly #form = new Form(
    () => this.#settingsChanged(),
    () => this.start(),
  );
  readonly #running = new Latest(
    (running) => this.#form.showRunning(running && !this.#opening),
    (error) => {
      complain("run-error", error);
      this.#end("No result");
    },
  );
  #score: ScoreName = "she";
  /** Whether the run under way is the brief one that nobody asked for. */
  #opening = false;

  /** Shows the settings of an address. */
  restore(hash: string): void {
    const settings = fromHash(hash);
    this.#form.write(settings);
    this.#chooseScore(settings.score);
  }

  /** Runs the settings briefly, so that a result is there before anybody asks. */
  open(): void {
    if (this.#running.busy) return;
    this.#opening = true;
    this.#run(true);
  }

  /** Runs the settings with all pictures; takes the place of the opening run. */
  start(): void {
    // The enter key asks for it at any time.
    if (this.#running.busy && !this.#opening) return;
    this.#opening = false;
    this.#form.showRunning(true);
    element("headline").scrollIntoView({ block: "nearest" });
    this.#run(false);
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
    this.#end("No result yet");
    write("summary", `Stopped. ${element("progress-text").textContent}.`);
  }

  #chooseScore(score: ScoreName): void {
    this.#score = score;
    this.#result.choose(score);
  }

  #settingsChanged(): void {
    this.#remember();
    if (!element("outcome").hidden) showOutdated(true);
  }

  #remember(): void {
    history.replaceState(null, "", toHash(this.#form.read(this.#score)));
  }

  #run(brief: boolean): void {
    const settings = this.#form.read(this.#score);
    this.#clear(settings);
    const live = new LiveHistogram(settings, (shown) => this.#result.watch(shown));
    void this.#running.replace(async (signal) => {
      const outcome = await run(settings, {
        brief,
        signal,
        onProgress: (...progress) => {
          if (!signal.aborted) showProgress(...progress);
        },
        onDetector: (info) => live.setThreshold(info.threshold),
        // A brief run is over before anybody could watch it.
        onSample: (sample) => {
          if (!brief) live.add(sample);
        },
      });
      const figures = await evaluateScores(outcome.samples);
      signal.throwIfAborted();
      this.#showcase.show(outcome, figures);
      // Charts are drawn in a task of their own, so that neither is long.
      await new Promise((resolve) => setTimeout(resolve));
      return () => {
        this.#opening = false;
        this.#result.show(outcome, figures, this.#score);
        write("describes", describeRun(outcome));
        element("more").hidden = !outcome.brief;
        element("status").hidden = true;
        write("summary", summarize(outcome, figures));
      };
    });
  }

  /** Says in place of a result why there is none. */
  #end(words: string): void {
    element("status").hidden = true;
    this.#showcase.clear(words);
  }

  /** Takes away what an earlier run has left. */
  #clear(settings: Settings): void {
    complain("run-error");
    this.#result.clear();
    this.#showcase.clear("Scoring pictures on this device …");
    element("more").hidden = true;
    showOutdated(false);
    write("summary", "");
    write("describes", describeSettings(settings));
    element("status").hidden = false;
  }
}

/** Says whether the result is of other settings than the form's. */
function showOutdated(outdated: boolean): void {
  for (const id of ["result", "evidence"]) element(id).classList.toggle("stale", outdated);
  element("outdated").hidden = !outdated;
}
