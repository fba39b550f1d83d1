/** How far a long work has come, for eyes and for ears. */
import { element, write } from "../shared/dom";
import { count } from "../shared/words";
import type { Work } from "./lanes";
import { sizeSoFar } from "./size";

/** Shows a phase of the work with files; a screen reader is told of every quarter. */
export function startPhase(what: string, files: { file: File }[], signal: AbortSignal): Work {
  const total = files.length;
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  const bar = element<HTMLProgressElement>("progress");
  bar.max = Math.max(1, total);
  bar.value = 0;
  write("progress-words", `${what} …`);
  write("progress-heard", what);
  let quarter = 0;
  const onProgress = (done: number, loaded: number) => {
    bar.value = done;
    const pictures = `${count(done)} of ${count(total)} pictures`;
    write("progress-words", `${what}: ${pictures}, ${sizeSoFar(loaded, bytes)}`);
    const now = Math.floor((4 * done) / total);
    if (now === quarter) return;
    quarter = now;
    write("progress-heard", `${what}: ${25 * quarter}%`);
  };
  return { signal, onProgress };
}

/** Shows a phase whose length nobody knows. */
export function startOpenPhase(what: string): void {
  element<HTMLProgressElement>("progress").removeAttribute("value");
  for (const id of ["progress-words", "progress-heard"]) write(id, `${what} …`);
}

export function showProgress(shown: boolean): void {
  element("working").hidden = !shown;
  element("start").hidden = shown;
  // Not to Stop, which a key that is pressed twice would press.
  element(shown ? "working" : "start").focus();
  if (!shown) write("progress-heard", "");
}
