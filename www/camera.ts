/** The camera, from when it is asked for until it is stopped. */

/** Pixels a side of what is judged: more than any of the models looks at. */
const SIDE = 224;

export class Camera {
  readonly #video = document.createElement("video");
  readonly #canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  readonly #button: HTMLButtonElement;
  #frame = 0;

  /** The button says what a press of it does. */
  constructor(button: HTMLButtonElement) {
    this.#button = button;
    this.#video.muted = true;
    this.#video.playsInline = true;
  }

  get on(): boolean {
    return this.#video.srcObject !== null;
  }

  /** Calls `show` with the middle square of each frame. The next is taken when the last has been judged, so that none has to wait. */
  async start(show: (picture: ImageData) => void): Promise<void> {
    this.#say(true);
    this.#video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { width: 640, facingMode: "environment" } });
    await this.#video.play();
    const next = () => {
      if (!this.on) return;
      show(this.#square());
      this.#frame = requestAnimationFrame(next);
    };
    next();
  }

  /** Turns it off, its light too. */
  stop(): void {
    this.#say(false);
    cancelAnimationFrame(this.#frame);
    for (const track of (this.#video.srcObject as MediaStream | null)?.getTracks() ?? []) track.stop();
    this.#video.srcObject = null;
  }

  #say(live: boolean): void {
    this.#button.dataset.live = `${live}`;
    this.#button.textContent = live ? "Stop camera" : "Camera";
  }

  #square(): ImageData {
    const { videoWidth: width, videoHeight: height } = this.#video;
    const side = Math.min(width, height);
    const context = this.#canvas.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(this.#video, (width - side) / 2, (height - side) / 2, side, side, 0, 0, SIDE, SIDE);
    return context.getImageData(0, 0, SIDE, SIDE);
  }
}
