/** The camera, from when it is asked for until it is stopped. */

/** Pixels a side of what is judged: more than any of the models looks at. */
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
   * @throws {Error} When there is no camera to be used.
   */
  async start(show: (picture: ImageData) => void): Promise<void> {
    this.stop();
    const { signal } = (this.#use = new AbortController());
    this.#say(true);
    try {
      const stream = await asked();
      signal.addEventListener("abort", () => end(stream));
      // Who is asked may answer when all is over.
      if (signal.aborted) return end(stream);
      await this.#play(stream);
      this.#each(show, signal);
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
    this.#say(false);
  }

  async #play(stream: MediaStream): Promise<void> {
    for (const track of stream.getTracks()) track.onended = () => this.#ended();
    this.#video.srcObject = stream;
    await this.#video.play();
  }

  #each(show: (picture: ImageData) => void, signal: AbortSignal): void {
    const next = () => {
      if (signal.aborted) return;
      requestAnimationFrame(next);
      show(this.#square());
    };
    next();
  }

  #say(live: boolean): void {
    this.#button.dataset.live = `${live}`;
    this.#button.textContent = live ? "Stop camera" : "Camera";
  }

  #square(): ImageData {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const side = Math.min(width, height);
    const context = this.#canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(
      this.#video,
      (width - side) / 2,
      (height - side) / 2,
      side,
      side,
      0,
      0,
      SIDE,
      SIDE,
    );
    return context.getImageData(0, 0, SIDE, SIDE);
  }
}

async function asked(): Promise<MediaStream> {
  // Browsers hide it from pages that others could have changed on their way.
  if (!navigator.mediaDevices) throw new Error("this page must come by HTTPS for that");
  return navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "environment" } });
}

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
