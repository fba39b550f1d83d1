/** How far a long work has come, for eyes and for ears. */
import { element, write } from "../shared/dom";
import { count } from "../shared/words";
import type { Work } from "./fit";

/** Shows a phase of the work; a screen reader is told of every quarter. */
export function startPhase(what: string, total: number, signal: AbortSignal): Work {
  const bar = element<HTMLProgressElement>("progress");
  bar.max = Math.max(1, total);
  bar.value = 0;
  write("progress-words", `${what} …`);
  write("progress-heard", what);
  let quarter = 0;
  const onProgress = (done: number) => {
    bar.value = done;
    write("progress-words", `${what}: ${count(done)} of ${count(total)}`);
    const now = Math.floor((4 * done) / total);
    if (now === quarter) return;
    quarter = now;
    write("progress-heard", `${what}: ${25 * quarter}%`);
  };
  return { signal, onProgress };
}

export function showProgress(shown: boolean): void {
  element("working").hidden = !shown;
  element("start").hidden = shown;
  // Not to Stop, which a key that is pressed twice would press.
  element(shown ? "working" : "start").focus();
  if (!shown) write("progress-heard", "");
}
