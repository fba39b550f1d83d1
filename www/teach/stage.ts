/** What is looked at: the camera, a picture, or nothing yet. */
import { element } from "../shared/dom";
import { drawPicture, type Picture } from "./picture";

type Shows = "nothing" | "camera" | "still";

export class Stage {
  readonly video = element<HTMLVideoElement>("video");
  readonly #camera = element<HTMLButtonElement>("camera");

  constructor() {
    this.show("nothing");
  }

  show(what: Shows): void {
    element("stage").dataset.shows = what;
    const isLive = what === "camera";
    this.#camera.dataset.live = `${isLive}`;
    this.#camera.textContent = isLive ? "Stop camera" : "Start camera";
  }

  showStill(picture: Picture): void {
    drawPicture(element<HTMLCanvasElement>("still"), picture);
    this.show("still");
  }
}
