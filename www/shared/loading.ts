/** How the loading of a network is coming along: phases and bytes. */
import type { LoadProgress } from "she-ood/worker";
import { element, write } from "./dom";
import { count } from "./words";

/** Shows progress in the elements `words` and `loading-bar`. */
export function showLoading(words: string, progress: LoadProgress): void {
  write(words, progressInWords(progress));
  const bar = element<HTMLProgressElement>("loading-bar");
  const { loaded, total } = progress;
  if (total) Object.assign(bar, { max: total, value: loaded });
  else bar.removeAttribute("value");
}

/** The phase, and the bytes where some are fetched. */
export function progressInWords({ phase, loaded, total }: LoadProgress): string {
  if (phase === "compile") return "Getting the network ready …";
  if (phase === "ready") return "Ready.";
  const what = phase === "wasm" ? "the program" : "the network";
  return `Loading ${what}: ${bytesInWords(loaded, total)}`;
}

/** "120 kB of 1,670 kB", or only what has come where the whole is not known. */
export function bytesInWords(loaded: number, total?: number): string {
  const sum = total === undefined ? "" : ` of ${kilobytes(total)}`;
  return `${kilobytes(loaded)}${sum}`;
}

function kilobytes(bytes: number): string {
  return `${count(Math.ceil(bytes / 1e3))} kB`;
}
