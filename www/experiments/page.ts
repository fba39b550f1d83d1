/** Elements of the page by their ids. */
export function element<T extends Element = HTMLElement>(id: string): T {
  return document.getElementById(id) as unknown as T;
}

export function write(id: string, text: string): void {
  element(id).textContent = text;
}

/** Shows or hides what went wrong, where it did. */
export function complain(id: string, error?: unknown): void {
  write(id, error === undefined ? "" : error instanceof Error ? error.message : String(error));
  element(id).hidden = error === undefined;
}
