/** The control below the camera's picture that watches for changes. */
import type { Report } from "she-ood";
import { element, write } from "../shared/dom";
import { messageOf } from "../shared/words";
import type { Lesson } from "./lesson";
import { Watch, type WatchWords, wordsOf } from "./watch";

const OFFER = "I can tell you when this scene changes.";
const UNTAUGHT = "Teach me more, and I can tell you when this scene changes.";
const TAUGHT_ON = "I stopped watching, as you changed what I was taught.";

export class WatchPanel {
  readonly #lesson: Lesson;
  #watch: Watch | undefined;
  /** What was taught when it began to watch. */
  #taught = "";

  constructor(lesson: Lesson) {
    this.#lesson = lesson;
    element("changes-start").onclick = () => void this.#start();
    element("changes-stop").onclick = () => {
      this.stop();
      element("changes-start").focus();
    };
    this.stop();
  }

  /** Stops watching, and offers to start if there is a threshold. */
  stop(words = this.#isReady ? OFFER : UNTAUGHT): void {
    this.#watch?.dispose();
    this.#watch = undefined;
    this.#show("idle", { words, count: "" });
  }

  /** Stops if examples came or went: scores before and after are not comparable. */
  update(): void {
    const isWatching = this.#watch !== undefined;
    const taught = examplesOf(this.#lesson);
    if (isWatching && taught === this.#taught) return;
    if (isWatching) this.stop(this.#isReady ? TAUGHT_ON : undefined);
    // The words say why it stopped until it starts again.
    else if (element("changes").dataset.ready !== `${this.#isReady}`) this.stop();
  }

  /** Takes the report of a frame, while it watches. */
  async look({ score }: Report): Promise<void> {
    const watch = this.#watch;
    if (!watch) return;
    try {
      const watched = await watch.take(score, Date.now());
      if (watch === this.#watch) this.#show(watched.state, wordsOf(watched));
    } catch (error) {
      this.stop(`I cannot watch: ${messageOf(error)}`);
    }
  }

  #show(state: string, { words, count }: WatchWords): void {
    const { dataset } = element("changes");
    const isIdle = state === "idle";
    dataset.state = state === "changed" ? "unsure" : state;
    dataset.ready = `${this.#isReady}`;
    if (element("changes-words").textContent !== words) write("changes-words", words);
    write("changes-count", count);
    write("changes-start", state === "changed" ? "Start over" : "Watch for changes");
    element("changes-start").hidden = !(state === "changed" || (isIdle && this.#isReady));
    element("changes-stop").hidden = isIdle;
  }

  get #isReady(): boolean {
    const { classes, needed } = this.#lesson.info;
    return classes.length > 1 && needed === 0;
  }

  async #start(): Promise<void> {
    this.stop();
    try {
      // What few visitors need is fetched for them alone.
      const { Monitor } = await import("she-ood/scorer");
      this.#watch = new Watch(Monitor.create);
      this.#taught = examplesOf(this.#lesson);
      this.#show("learning", wordsOf({ state: "learning", seen: 0 }));
      element("changes-stop").focus();
    } catch (error) {
      this.stop(`I cannot watch: ${messageOf(error)}`);
    }
  }
}

/** Names the examples of each class: what scores depend on. */
const examplesOf = ({ classes }: Lesson) =>
  classes.flatMap(({ examples }) => (examples.length > 0 ? examples.join() : [])).join(";");
