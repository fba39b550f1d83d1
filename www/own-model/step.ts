/** The steps of the page: each opens when the one before is done. */
import { element } from "../shared/dom";

export type StepName = "model" | "pictures" | "fit" | "trial";

const NAMES: StepName[] = ["model", "pictures", "fit", "trial"];

/** Opens a step, or closes it and all that come after. */
export function openStep(name: StepName, opened = true): void {
  const changed = opened ? [name] : NAMES.slice(NAMES.indexOf(name));
  for (const step of changed) {
    element(`${step}-body`).hidden = !opened;
    element(`${step}-closed`).hidden = opened;
    element(`${step}-step`).dataset.open = String(opened);
  }
}

/** Keeps a step as it is while another works with what it says. */
export function holdSteps(names: StepName[], held: boolean): void {
  for (const name of names) element(`${name}-step`).inert = held;
}
