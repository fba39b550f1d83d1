/** Where pictures come from: strokes, photos and the camera; and where the picture is shown. */
import { complain, element, say, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import { messageOf } from "../shared/words";
import { Camera } from "./camera";
import { DEMONSTRATION } from "./demonstration";
import type { Network } from "./networks";
import { Pad } from "./pad";
import { decodePhoto } from "./photo";

interface Told {
  /** The pad shows another drawing, the visitor's own or the demonstration. */
  draw(picture: ImageData, isOwn: boolean): void;
  open(photo: ImageData): void;
  film(frame: ImageData): void;
  /** The camera has ended, and its last frame is shown, if there was any. */
  stopFilm(): void;
  /** A photo cannot be read, or no camera be used. */
  miss(): void;
}

export class Stage {
  readonly #told: Told;
  readonly #decoding = new Latest(
    () => {},
    (error) => {
      complain("photo-error", error);
      this.#told.miss();
    },
  );
  readonly #pad: Pad;
  readonly #camera = new Camera(element<HTMLButtonElement>("camera"), () => this.#stopFilm());

  constructor(told: Told) {
    this.#told = told;
    this.#pad = new Pad(element<HTMLCanvasElement>("pad"), (picture, isOwn) => {
      this.rest();
      told.draw(picture, isOwn);
    });
  }

  /** Whether a picture is on its way: a photo is decoded, or the camera on or asked for. */
  get isExpecting(): boolean {
    return this.#camera.on || this.#decoding.busy;
  }

  /** Takes what a network looks at: strokes and pictures, or pictures alone. */
  prepare({ draws, hint, padLabel }: Network): void {
    this.#pad.draws = draws;
    write("hint", hint);
    element("pad").ariaLabel = padLabel;
  }

  show(picture: ImageData): void {
    this.#pad.show(picture);
  }

  /** Makes room to draw on a narrow page, or for what is beside the picture. */
  giveWidth(isDrawing: boolean): void {
    element("front").classList.toggle("drawing", isDrawing);
  }

  clear(): void {
    this.#pad.clear();
  }

  /** Draws something that is no digit, over which the visitor can draw. */
  demonstrate(): void {
    this.rest();
    this.giveWidth(true);
    this.#pad.demonstrate(DEMONSTRATION.stroke);
  }

  openPhoto(file: File): void {
    void this.#decoding.replace(async () => {
      const photo = await decodePhoto(file);
      return () => this.#told.open(photo);
    });
  }

  toggleCamera(): void {
    if (this.#camera.on) this.#stopFilm();
    else void this.#startFilm();
  }

  /** Stops the camera and forgets a photo that is being decoded: something else comes. */
  rest(): void {
    this.#camera.stop();
    this.#decoding.drop();
    say("photo-error");
  }

  async #startFilm(): Promise<void> {
    this.#decoding.drop();
    say("photo-error");
    try {
      await this.#camera.start((frame) => {
        this.#told.film(frame);
        this.#pad.show(frame);
      });
    } catch (error) {
      say("photo-error", `No camera can be used: ${messageOf(error)}`);
      this.#told.miss();
    }
  }

  #stopFilm(): void {
    this.#camera.stop();
    this.#told.stopFilm();
  }
}
