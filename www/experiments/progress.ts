import { element, write } from "../shared/dom";
import { count } from "../shared/words";

/** Shows how far a run is: a phase, and how much of it is done where that is known. */
export function showProgress(phase: string, done?: number, total?: number): void {
  const bar = element<HTMLProgressElement>("progress");
  if (done === undefined || total === undefined) {
    bar.removeAttribute("value");
    write("progress-text", phase);
  } else {
    Object.assign(bar, { max: total, value: done });
    write("progress-text", `${phase}: ${count(done)} of ${count(total)}`);
  }
}
