/** Binds what a visitor does to the page. */
import { copyCode } from "../shared/copy-code";
import { element } from "../shared/dom";
import { fromHash } from "./address";
import type { NetworkName } from "./networks";
import { Page } from "./page";
import { onPhoto } from "./photo";
import { makeStops, Tour } from "./tour";

const page = new Page();
const partner = element<HTMLSelectElement>("blend-with");
const radios = document.querySelectorAll<HTMLInputElement>('[name="kind"]');

function showAddress(): void {
  const { network } = fromHash(location.hash);
  for (const radio of radios) radio.checked = radio.value === network;
  page.choose(network);
}

for (const radio of radios) {
  radio.onchange = () => {
    history.pushState(null, "", `#kind=${radio.value}`);
    page.choose(radio.value as NetworkName);
  };
}
partner.onchange = () => page.blend(Number(partner.value));
element("camera").onclick = () => page.toggleCamera();
element("reset").onclick = () => page.reset();
element("clear").onclick = () => page.clear();
element("copy").onclick = () => void copyCode();
onPhoto(element<HTMLInputElement>("photo"), (file) => page.openPhoto(file));
new Tour(makeStops((group) => page.pickOf(group)));
addEventListener("hashchange", showAddress);
showAddress();
