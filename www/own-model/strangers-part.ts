/** The part of the proof that tries strangers of the visitor's own. */
import type { Detector } from "she-ood/worker";
import { element, say, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import type { Placed } from "../shared/tree";
import { count, plural } from "../shared/words";
import { explainError } from "./errors";
import { showMisses } from "./proof";
import { scoreStrangers, type Tally, tallyOf } from "./strangers";

/** A detector to try, and the score above which the classifier alone would flag. */
interface Tried {
  detector: Detector;
  cut: number | undefined;
}

export class StrangersPart {
  readonly #tell: (tally: Tally | undefined) => void;
  readonly #scoring = new Latest(
    () => {},
    (error) => {
      write("strangers-status", "");
      say("strangers-error", explainError(error));
    },
  );
  #placed: Placed[] = [];
  #note = "";
  #tried: Tried | undefined;

  /** Tells how many strangers are flagged, or that none were tried. */
  constructor(tell: (tally: Tally | undefined) => void) {
    this.#tell = tell;
  }

  get count(): number {
    return this.#placed.length;
  }

  /** Takes pictures in place of those before, to be tried by each detector; `note` says of what. */
  bring(placed: Placed[], note = ""): void {
    this.#placed = placed;
    this.#note = note;
    this.#try();
  }

  /** Takes a detector, or that there is none. */
  take(tried: Tried | undefined): void {
    this.#tried = tried;
    this.#try();
  }

  #try(): void {
    this.#scoring.drop();
    this.#tell(undefined);
    element("strangers-found").hidden = true;
    say("strangers-error");
    write("strangers-status", "");
    const [tried, placed] = [this.#tried, this.#placed];
    if (!tried || placed.length === 0) return;
    void this.#scoring.replace(async (signal) => {
      const strangers = await scoreStrangers(tried.detector, placed, {
        signal,
        onProgress: (done) => signal.aborted || showDone(done, placed.length),
      });
      return () => {
        const unread = placed.length - strangers.length;
        const left = unread > 0 ? `, ${count(unread)} unreadable, left out` : "";
        write(
          "strangers-status",
          `${plural(strangers.length, "stranger")} tried${left}. ${this.#note}`,
        );
        if (strangers.length === 0) return;
        showMisses(strangers);
        element("strangers-found").hidden = false;
        this.#tell(tallyOf(strangers, tried.cut));
      };
    });
  }
}

function showDone(done: number, total: number): void {
  write("strangers-status", `Trying strangers: ${count(done)} of ${count(total)} …`);
}
