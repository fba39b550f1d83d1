/** Elements of the page, by id. */
import { messageOf } from "./words";

/** Finds an element that the page has. */
export function element<T extends Element = HTMLElement>(id: string): T {
  const found: Element | null = document.getElementById(id);
  if (!found) throw new Error(`the page has no element with the id ${id}`);
  return found as T;
}

/** Sets the text of an element. */
export function write(id: string, text: string): void {
  element(id).textContent = text;
}

/** Creates an element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Shows a message; hides its element without one. */
export function say(id: string, message = ""): void {
  element(id).hidden = !message;
  write(id, message);
}

/** Shows an error's message; hides its element without one. */
export function complain(id: string, error?: unknown): void {
  say(id, error === undefined ? "" : messageOf(error));
}
