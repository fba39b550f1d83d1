/** The camera, from when it is asked for until it is stopped. */
import { requestStream } from "../shared/camera-stream";
import { SquareReader } from "./frame";

const WANTED = { width: 640, height: 480, facingMode: "environment" };

export class Camera {
  readonly #video: HTMLVideoElement;
  /** Told when the camera ends by itself, unplugged or forbidden. */
  readonly #ended: () => void;
  /** Of the camera that is on, or asked for; aborted when it is stopped. */
  #use: AbortController | undefined;

  constructor(video: HTMLVideoElement, ended: () => void) {
    this.#video = video;
    this.#ended = ended;
  }

  get on(): boolean {
    return this.#use !== undefined;
  }

  /**
   * Turns it on and returns its frames, of which the consumer gets the newest each time it asks,
   * until the camera is stopped.
   *
   * @throws {DOMException} As `getUserMedia`, or an `AbortError` when it is stopped meanwhile.
   */
  async start(): Promise<AsyncGenerator<ImageData>> {
    this.stop();
    const use = new AbortController();
    this.#use = use;
    try {
      await this.#play(await requestStream(WANTED, use.signal));
      use.signal.throwIfAborted();
      return ahead(framesOf(this.#video, use.signal));
    } catch (error) {
      if (use.signal.aborted) throw use.signal.reason;
      this.stop();
      throw error;
    }
  }

  /** Turns it off, its light too. */
  stop(): void {
    this.#use?.abort();
    this.#use = undefined;
    this.#video.srcObject = null;
  }

  async #play(stream: MediaStream): Promise<void> {
    for (const track of stream.getVideoTracks()) {
      track.onended = () => this.#ended();
      // Whoever sees himself expects a mirror.
      const { facingMode } = track.getSettings();
      this.#video.classList.toggle("mirror", facingMode !== "environment");
    }
    this.#video.srcObject = stream;
    await this.#video.play();
  }
}

/** Reads each frame while the one before is looked at. */
async function* ahead<Frame>(frames: AsyncGenerator<Frame>): AsyncGenerator<Frame> {
  for (let next = frames.next(); ; ) {
    const { done, value } = await next;
    if (done) return;
    next = frames.next();
    // It counts when its turn comes.
    next.catch(() => {});
    yield value;
  }
}

/** The newest frame each time, once there is one that was not given yet. */
async function* framesOf(video: HTMLVideoElement, signal: AbortSignal): AsyncGenerator<ImageData> {
  const reader = new SquareReader();
  let [isFresh, wake] = [false, () => {}];
  const arrive = () => {
    isFresh = true;
    wake();
    if (!signal.aborted) onNextFrame(video, arrive);
  };
  signal.addEventListener("abort", () => wake());
  onNextFrame(video, arrive);
  for (;;) {
    if (!isFresh && !signal.aborted)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    if (signal.aborted) return;
    isFresh = false;
    yield await reader.read(video);
  }
}

function onNextFrame(video: HTMLVideoElement, arrive: () => void): void {
  // Firefox learned it late.
  if ("requestVideoFrameCallback" in video) video.requestVideoFrameCallback(arrive);
  else requestAnimationFrame(arrive);
}
