/** The picture that is tried. */
import { pictureElement } from "../shared/canvas";
import { element } from "../shared/dom";
import { replaceUrl } from "../shared/object-url";

/** Shows the picture that is scored, as far as the browser can. */
export function showPicture(file: File): void {
  const picture = element<HTMLImageElement>("picture");
  picture.src = replaceUrl(picture.src, file);
  picture.alt = file.name;
  picture.hidden = false;
  picture.onerror = () => {
    picture.hidden = true;
  };
}

/** Shows the picture as the network sees it, or nothing yet. */
export function showSeen(seen: ImageData | undefined): void {
  element("seen").hidden = !seen;
  if (seen) element("seen-picture").replaceChildren(pictureElement(seen));
}
