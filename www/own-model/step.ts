/** The steps of the page: each opens when the one before is done, and then folds to one line. */
import { element } from "../shared/dom";

export type StepName = "model" | "pictures" | "proof" | "file";

/** A step waits for the one before, is worked on, or is done and can be opened again. */
export type StepState = "waiting" | "open" | "done";

const NAMES: StepName[] = ["model", "pictures", "proof", "file"];

/** Sets a step's state. With `stay`, one that is done stays as open as it is, to be worked on. */
export function setStep(name: StepName, state: StepState, stay = false): void {
  const isOpen = !element(`${name}-body`).hidden;
  element(`${name}-step`).dataset.step = state;
  element(`${name}-waiting`).hidden = state !== "waiting";
  element(`${name}-toggle`).hidden = state !== "done";
  showBody(name, state === "open" || (state === "done" && stay && isOpen));
}

/** Lets the visitor open what is done. */
export function followToggles(): void {
  for (const name of NAMES)
    element(`${name}-toggle`).onclick = () => showBody(name, element(`${name}-body`).hidden);
}

function showBody(name: StepName, shown: boolean): void {
  element(`${name}-body`).hidden = !shown;
  const toggle = element(`${name}-toggle`);
  toggle.setAttribute("aria-expanded", String(shown));
  toggle.textContent = shown ? "Close" : "Change";
  toggle.setAttribute("aria-label", `${toggle.textContent} ${name}`);
}

/** Keeps parts of the page as they are while others work with what they say. */
export function hold(ids: string[], held: boolean): void {
  for (const id of ids) element(id).inert = held;
}
