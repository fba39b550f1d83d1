/** The camera, from when it is asked for until it is stopped. */
import { requestStream } from "../shared/camera-stream";
import { contextOf } from "../shared/canvas";

const WANTED = { width: 640, facingMode: "environment" };

/** Pixels a side of its pictures: more than any of the networks looks at. */
const SIDE = 224;

export class Camera {
  readonly #video = document.createElement("video");
  readonly #canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  readonly #button: HTMLButtonElement;
  /** Told when the camera ends by itself, unplugged or forbidden. */
  readonly #ended: () => void;
  /** Of the camera that is on, or asked for; aborted when it is stopped. */
  #use: AbortController | undefined;

  /** The button says what a press of it does. */
  constructor(button: HTMLButtonElement, ended: () => void) {
    this.#button = button;
    this.#ended = ended;
    this.#video.muted = true;
    this.#video.playsInline = true;
  }

  get on(): boolean {
    return this.#use !== undefined;
  }

  /**
   * Calls `show` with the middle square of each frame, until it is stopped.
   *
   * @throws {Error} When no camera can be used.
   */
  async start(show: (picture: ImageData) => void): Promise<void> {
    this.stop();
    this.#use = new AbortController();
    const { signal } = this.#use;
    this.#label(true);
    try {
      await this.#play(await requestStream(WANTED, signal));
      this.#showFrames(show, signal);
    } catch (error) {
      // Stopped while it began, which interrupts that.
      if (signal.aborted) return;
      this.stop();
      throw error;
    }
  }

  /** Turns it off, its light too. */
  stop(): void {
    this.#use?.abort();
    this.#use = undefined;
    this.#video.srcObject = null;
    this.#label(false);
  }

  async #play(stream: MediaStream): Promise<void> {
    for (const track of stream.getTracks()) track.onended = () => this.#ended();
    this.#video.srcObject = stream;
    await this.#video.play();
  }

  #showFrames(show: (picture: ImageData) => void, signal: AbortSignal): void {
    const next = () => {
      if (signal.aborted) return;
      requestAnimationFrame(next);
      show(this.#readSquare());
    };
    next();
  }

  #label(live: boolean): void {
    this.#button.dataset.live = `${live}`;
    this.#button.textContent = live ? "Stop camera" : "Camera";
  }

  #readSquare(): ImageData {
    const { videoWidth, videoHeight } = this.#video;
    const side = Math.min(videoWidth, videoHeight);
    const [left, top] = [(videoWidth - side) / 2, (videoHeight - side) / 2];
    const context = contextOf(this.#canvas, { willReadFrequently: true });
    context.drawImage(this.#video, left, top, side, side, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE);
  }
}
