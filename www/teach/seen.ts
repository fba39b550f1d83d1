/** The small picture of what the network sees. */
import { element } from "../shared/dom";
import { drawSeen } from "../shared/seen";
import type { Lesson } from "./lesson";
import type { Picture } from "./picture";

/** Milliseconds between two frames that are shown: verdicts come first. */
const PAUSE = 500;

export class Seen {
  readonly #lesson: Lesson;
  readonly #canvas = element<HTMLCanvasElement>("seen");
  #shown = -Infinity;

  constructor(lesson: Lesson) {
    this.#lesson = lesson;
  }

  /** Shows it, or nothing: the picture's verdict says what is wrong with it. */
  async show(picture: Picture): Promise<void> {
    const seen = await this.#lesson.preview(picture).catch(() => undefined);
    this.#canvas.hidden = !seen;
    if (seen) drawSeen(this.#canvas, seen);
  }

  /** Shows a frame of the camera, unless one was shown just before. */
  async showFrame(picture: Picture): Promise<void> {
    if (performance.now() < this.#shown + PAUSE) return;
    this.#shown = performance.now();
    await this.show(picture);
  }
}
