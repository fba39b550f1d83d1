/** The part of the proof that tries strangers of the visitor's own. */
import type { Detector } from "she-ood/worker";
import { element, say, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import type { Placed } from "../shared/tree";
import { count, plural } from "../shared/words";
import { explainError } from "./errors";
import { showMisses, viewMisses } from "./proof";
import { scoreStrangers, type Tally, tallyOf } from "./strangers";

/** A detector to try, and the score above which the classifier alone would flag. */
interface Tried {
  detector: Detector;
  cut: number | undefined;
}

/** What comes of strangers: how many are flagged, or nothing where none were brought. */
export type Outcome = Tally | "trying" | undefined;

export class StrangersPart {
  readonly #tell: (outcome: Outcome) => void;
  readonly #scoring = new Latest(
    () => {},
    (error) => {
      write("strangers-status", "");
      say("strangers-error", explainError(error));
      this.#tell(undefined);
    },
  );
  #placed: Placed[] = [];
  #note = "";
  #tried: Tried | undefined;

  constructor(tell: (outcome: Outcome) => void) {
    this.#tell = tell;
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
    element("strangers-found").hidden = true;
    say("strangers-error");
    write("strangers-status", "");
    const [tried, placed] = [this.#tried, this.#placed];
    const isNone = !tried || placed.length === 0;
    this.#tell(isNone ? undefined : "trying");
    if (isNone) return;
    void this.#scoring.replace(async (signal) => {
      const strangers = await scoreStrangers(tried.detector, placed, {
        signal,
        onProgress: (done) => signal.aborted || showDone(done, placed.length),
      });
      const misses = await viewMisses(tried.detector, strangers, signal);
      return () => {
        const unread = placed.length - strangers.length;
        const left = unread > 0 ? `, ${count(unread)} unreadable, left out` : "";
        write(
          "strangers-status",
          `${plural(strangers.length, "stranger")} tried${left}. ${this.#note}`,
        );
        showMisses(misses, strangers);
        element("strangers-found").hidden = strangers.length === 0;
        this.#tell(strangers.length > 0 ? tallyOf(strangers, tried.cut) : undefined);
      };
    });
  }
}

function showDone(done: number, total: number): void {
  write("strangers-status", `Trying strangers: ${count(done)} of ${count(total)} …`);
}
