/** The picture that is tried. */
import { element } from "../shared/dom";

let address: string | undefined;

/** Shows the picture that is judged, as far as the browser can. */
export function showPicture(file: File): void {
  if (address) URL.revokeObjectURL(address);
  const picture = element<HTMLImageElement>("picture");
  picture.src = address = URL.createObjectURL(file);
  picture.alt = file.name;
  picture.hidden = false;
  picture.onerror = () => (picture.hidden = true);
}
