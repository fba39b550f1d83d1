/** The page of experiments: settings, a run, and its result. */
import { element } from "../shared/dom";
import { ExperimentsPage } from "./page";
import type { ScoreName } from "./sample";

const page = new ExperimentsPage();
for (const input of document.querySelectorAll<HTMLInputElement>('[name="score"]'))
  input.onchange = () => page.showScore(input.value as ScoreName);
element("stop").onclick = () => page.stop();
element("more").onclick = () => page.start();
addEventListener("hashchange", () => page.restore(location.hash));
page.restore(location.hash);
// Once the page has been painted, which must not wait for the network and the pictures.
requestAnimationFrame(() => setTimeout(() => page.open()));
