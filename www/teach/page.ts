/** The page at work: one lesson, and the camera or a picture that is judged by it. */
import { Latest } from "../shared/latest";
import { messageOf, plural } from "../shared/words";
import { Camera } from "./camera";
import { explainCamera, UNPLUGGED } from "./camera-errors";
import { Cards } from "./cards";
import { Corrections } from "./corrections";
import { Demonstration } from "./demonstration";
import { Keeper, type Kept } from "./keeper";
import { Lesson, type TaughtClass } from "./lesson";
import { type Picture, pictureOfFile, pictureOfFrame } from "./picture";
import { Recorder } from "./recorder";
import { Seen } from "./seen";
import { Stage } from "./stage";
import { TakeAway } from "./take-away";
import type { Examples, Teacher } from "./teacher";
import { varied } from "./vary";
import { VerdictView } from "./verdict";
import { WatchPanel } from "./watch-panel";

/** Classes at the start. */
const AT_FIRST = 3;

export class Page {
  readonly #lesson: Lesson;
  readonly #stage = new Stage();
  readonly #camera = new Camera(this.#stage.video, () => this.#stop(UNPLUGGED));
  readonly #recorder = new Recorder<TaughtClass>();
  readonly #verdict = new VerdictView();
  readonly #seen: Seen;
  readonly #watch: WatchPanel;
  readonly #cards: Cards;
  readonly #corrections = new Corrections((taught) => void this.#correct(taught));
  readonly #takeAway: TakeAway;
  readonly #keeper: Keeper;
  readonly #demonstration: Demonstration;
  readonly #scoring = new Latest(
    () => {},
    (error) => this.#fail(error),
  );
  /** The picture that is judged when what was taught changes. */
  #still: Picture | undefined;
  /** The picture that was given to the network last. */
  #scored: Picture | undefined;

  /** Begins with what is kept, of which the teacher was created. */
  constructor(teacher: Teacher, kept: Kept | undefined, examples: Examples) {
    this.#lesson = new Lesson(teacher, () => this.#changed());
    this.#seen = new Seen(this.#lesson);
    this.#watch = new WatchPanel(this.#lesson);
    this.#cards = new Cards(this.#lesson, {
      record: (taught) => void this.#record(taught),
      release: () => this.#release(),
    });
    this.#takeAway = new TakeAway(this.#lesson);
    this.#keeper = new Keeper(kept && keysOf(kept, examples), () => this.#lesson.collect());
    this.#demonstration = new Demonstration(this.#lesson, {
      teach: (picture, words, detail) => {
        this.#still = undefined;
        this.#show(picture);
        this.#verdict.showNothing("loading", words, detail);
      },
      judge: (picture) => this.judge(picture),
    });
    for (const label of kept?.labels ?? Array(AT_FIRST).fill("")) this.#lesson.addClass(label);
    this.#lesson.resume(examples);
    this.#invite();
  }

  async toggleCamera(): Promise<void> {
    if (this.#camera.on) this.#stop();
    else await this.#start();
  }

  async openPhoto(file: File): Promise<void> {
    this.#leave();
    try {
      this.judge(await pictureOfFile(file));
    } catch (error) {
      this.#fail(error, "Could not read this photo");
    }
  }

  async demonstrate(): Promise<void> {
    if (this.#demonstration.running) return this.#stopDemonstration();
    this.#leave();
    try {
      await this.#demonstration.run();
    } catch (error) {
      this.#fail(error);
    }
  }

  async wipe(): Promise<void> {
    this.#leave();
    await this.#keeper.wipe();
    await this.#lesson.wipe();
    for (let i = 0; i < AT_FIRST; i++) this.#lesson.addClass();
    this.#still = undefined;
    this.#stage.show("nothing");
    this.#invite();
  }

  /** Shows a picture with its verdict, which follows what is taught. */
  judge(picture: Picture): void {
    this.#camera.stop();
    this.#still = picture;
    this.#judgeStill();
  }

  #showStill(picture: Picture): void {
    this.#stage.showStill(picture);
    void this.#seen.show(picture);
  }

  /** Shows a picture alone. */
  #show(picture: Picture): void {
    this.#camera.stop();
    this.#showStill(picture);
  }

  #judgeStill(): void {
    const picture = this.#still;
    if (!picture) return;
    if (this.#lesson.info.examples === 0) {
      this.#showUntaught(picture);
      return;
    }
    void this.#scoring.run(async () => {
      this.#scored = picture;
      const report = await this.#lesson.score(picture);
      return () => {
        if (picture !== this.#still) return;
        this.#showStill(picture);
        this.#verdict.showStill(report, this.#lesson);
      };
    });
  }

  #showUntaught(picture: Picture): void {
    this.#scoring.drop();
    this.#showStill(picture);
    this.#invite();
  }

  #stopDemonstration(): void {
    this.#demonstration.stop();
    // What is judged stays.
    if (this.#still) return;
    this.#stage.show("nothing");
    this.#invite();
  }

  /** Leaves what is under way for something else. */
  #leave(): void {
    this.#demonstration.stop();
    this.#scoring.drop();
  }

  async #start(): Promise<void> {
    this.#leave();
    this.#still = undefined;
    this.#watch.stop();
    this.#verdict.showNothing("loading", "Starting the camera …");
    try {
      const frames = await this.#camera.start();
      // The question whether the camera is allowed took the press.
      if (!this.#recorder.isHeld) this.#recorder.drop();
      this.#stage.show("camera");
      this.#invite();
      for await (const pixels of frames) await this.#look(pictureOfFrame(pixels));
    } catch (error) {
      // Stopped while it began, or another start came after.
      if ((error as Error)?.name !== "AbortError") this.#stop(explainCamera(error));
    }
  }

  #stop(problem = ""): void {
    this.#camera.stop();
    this.#recorder.drop();
    this.#stage.show("nothing");
    if (problem) this.#verdict.showNothing("failed", "No camera", problem);
    else this.#invite();
  }

  async #look(picture: Picture): Promise<void> {
    // Stopped while the frame was read.
    if (!this.#camera.on) return;
    const recorded = this.#recorder.recorded;
    try {
      if (recorded) return await this.#take(recorded, picture);
      if (this.#lesson.info.examples === 0) return this.#invite();
      this.#scored = picture;
      const report = await this.#lesson.score(picture);
      if (!this.#camera.on) return;
      this.#verdict.showLive(report, this.#lesson);
      await this.#watch.look(report);
      await this.#seen.showFrame(picture);
    } catch (error) {
      if (this.#camera.on) this.#fail(error);
    }
  }

  /** Records a frame, or says why not. */
  async #take(taught: TaughtClass, picture: Picture): Promise<void> {
    const decision = this.#recorder.decide(picture.pixels, performance.now());
    if (decision === "take") {
      const view = await varied(picture.pixels, taught.examples.length);
      await this.#lesson.add(taught, pictureOfFrame(view));
    }
    if (decision === "wait" || !this.#camera.on) return;
    const so = plural(taught.examples.length, "example");
    const words = decision === "same" ? "Move it a little: this looks like the last one." : so;
    this.#verdict.showNothing("loading", `Recording ${taught.label}`, words);
    this.#cards.say(taught, decision === "same" ? words : "");
  }

  async #record(taught: TaughtClass): Promise<void> {
    this.#demonstration.stop();
    this.#recorder.hold(taught);
    if (!this.#camera.on) await this.#start();
  }

  #release(): void {
    const { recorded } = this.#recorder;
    this.#recorder.release();
    if (recorded) this.#cards.say(recorded, "");
  }

  async #correct(taught: TaughtClass): Promise<void> {
    if (!this.#scored) return;
    this.#demonstration.stop();
    await this.#lesson.correct(taught, this.#scored).catch((error) => this.#fail(error));
  }

  #changed(): void {
    this.#cards.update();
    this.#corrections.update(this.#lesson);
    this.#takeAway.update();
    this.#keeper.changed();
    this.#watch.update();
    if (this.#verdict.isWaiting) this.#invite();
    this.#judgeStill();
  }

  /** Says what to do where there is nothing to judge. */
  #invite(): void {
    const words = this.#lesson.info.examples > 0 ? "Show me something" : "Teach me something";
    this.#verdict.showNothing("waiting", words, this.#nextStep());
  }

  #nextStep(): string {
    if (this.#camera.on) return "Hold an object up to the camera and press a class's button.";
    return this.#lesson.info.examples > 0
      ? "Try a photo or start the camera."
      : "Start the camera, drop photos on a class, or see a demo.";
  }

  #fail(error: unknown, failure = "This did not work"): void {
    const areAlike = (error as { code?: unknown })?.code === "fit";
    const words = areAlike ? "I cannot tell these apart" : failure;
    const detail = areAlike ? "The examples all look the same. Show me others." : messageOf(error);
    this.#verdict.showNothing("failed", words, detail);
  }
}

/** The keys of what is kept, by the ids that a teacher gave, in the same order. */
function keysOf({ examples }: Kept, taught: Examples): Map<number, string> {
  return new Map(taught.map(({ id }, i) => [id, examples[i]?.key ?? ""]));
}
