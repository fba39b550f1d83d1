import { element, write } from "../shared/dom";
import { count } from "../shared/words";

/** Shows how far a run is: a phase, and how much of it is done where that is known. */
export function showProgress(phase: string, done?: number, total?: number): void {
  const bar = element<HTMLProgressElement>("progress");
  if (done === undefined || total === undefined) {
    bar.removeAttribute("value");
    write("progress-text", `${phase} …`);
  } else {
    Object.assign(bar, { max: total, value: done });
    write("progress-text", `${phase}: ${count(done)} of ${count(total)}`);
  }
}

/** "120 kB of 1,669 kB", or only what has come where the whole is not known. */
export function bytesInWords(loaded: number, total?: number): string {
  const sum = total === undefined ? "" : ` of ${kilobytes(total)}`;
  return `${kilobytes(loaded)}${sum}`;
}

function kilobytes(bytes: number): string {
  return `${count(Math.ceil(bytes / 1e3))} kB`;
}
