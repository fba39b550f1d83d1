/** Short ways to the elements of the page. */
import { messageOf } from "./words";

export const element = <T extends Element = HTMLElement>(id: string): T =>
  document.getElementById(id) as unknown as T;

export function write(id: string, text: string): void {
  element(id).textContent = text;
}

/** An element with properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Shows a message, or hides its place where there is none. */
export function say(id: string, message = ""): void {
  element(id).hidden = !message;
  write(id, message);
}

/** Shows what went wrong, where it did, or hides it when nothing has. */
export function complain(id: string, error?: unknown): void {
  say(id, error === undefined ? "" : messageOf(error));
}
