/** Binds what a visitor does to the page. */
import { copyCode } from "../shared/copy-code";
import { element } from "../shared/dom";
import { fromHash } from "./address";
import type { NetworkName } from "./networks";
import { Page } from "./page";
import { onPhoto } from "./photo";
import { makeStops, Tour } from "./tour";

const page = new Page();
const radios = document.querySelectorAll<HTMLInputElement>('[name="kind"]');

function showAddress(): void {
  const { network } = fromHash(location.hash);
  for (const radio of radios) radio.checked = radio.value === network;
  page.choose(network, location.hash);
}

/** Turns to a network as its button does. */
function turnTo(name: NetworkName): void {
  history.pushState(null, "", `#kind=${name}`);
  showAddress();
}

function toggleGallery(): void {
  const gallery = element("gallery");
  gallery.hidden = !gallery.hidden;
  element("try-sample").ariaExpanded = `${!gallery.hidden}`;
  if (!gallery.hidden) gallery.scrollIntoView({ block: "nearest" });
}

for (const radio of radios) radio.onchange = () => turnTo(radio.value as NetworkName);
element("draw").onclick = () => {
  if (fromHash(location.hash).network !== "digits") turnTo("digits");
  page.demonstrate();
};
element("try-sample").onclick = toggleGallery;
element("camera").onclick = () => page.stage.toggleCamera();
element("reset").onclick = () => page.reset();
element("clear").onclick = () => page.clear();
element("copy").onclick = () => void copyCode();
onPhoto(element<HTMLInputElement>("photo"), (file) => page.stage.openPhoto(file));
new Tour(makeStops((test, signal) => page.pickWhere(test, signal)));
addEventListener("hashchange", showAddress);
showAddress();
