/** The picture that is tried. */
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
