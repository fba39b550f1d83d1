/** The latest examples of a class: each is taken back by a press. One tab stop, arrows within. */
import { make } from "../shared/dom";

/** Tiles shown; of the rest there is the count. */
const MOST = 24;

interface Examples {
  thumbnail(id: number): HTMLCanvasElement | undefined;
  forget(id: number): void;
}

export class Tiles {
  readonly #place: HTMLElement;
  readonly #examples: Examples;
  readonly #shown = new Map<number, HTMLButtonElement>();

  constructor(place: HTMLElement, examples: Examples) {
    this.#place = place;
    this.#examples = examples;
    place.addEventListener("keydown", (event) => this.#move(event));
  }

  /** Shows the latest of these examples, the newest first. */
  show(ids: number[]): void {
    const latest = ids.slice(-MOST).reverse();
    const wanted = new Set(latest);
    for (const [id, tile] of this.#shown) if (!wanted.has(id)) this.#drop(id, tile);
    for (const [place, id] of latest.entries()) this.#put(id, place, ids.length - place);
    this.#stops();
  }

  #put(id: number, place: number, number: number): void {
    const tile = this.#shown.get(id) ?? this.#make(id);
    const name = `Take back example ${number}`;
    if (tile.title !== name) Object.assign(tile, { title: name, ariaLabel: name });
    // Without its thumbnail, as after a reload, an example is its number.
    if (!this.#examples.thumbnail(id)) tile.textContent = `${number}`;
    const there = this.#place.children[place] ?? null;
    if (there !== tile) this.#place.insertBefore(tile, there);
  }

  #make(id: number): HTMLButtonElement {
    const tile = make("button", { type: "button", className: "tile" });
    const thumbnail = this.#examples.thumbnail(id);
    if (thumbnail) tile.append(thumbnail);
    tile.onclick = () => this.#examples.forget(id);
    this.#shown.set(id, tile);
    return tile;
  }

  #drop(id: number, tile: HTMLButtonElement): void {
    const isFocused = tile === document.activeElement;
    const next = tile.nextElementSibling ?? tile.previousElementSibling;
    tile.remove();
    this.#shown.delete(id);
    if (isFocused && next instanceof HTMLElement) next.focus();
  }

  /** Leaves one tile in the order of tabs. */
  #stops(focused: Element | null = document.activeElement): void {
    const tiles = [...this.#place.children] as HTMLButtonElement[];
    const stop = tiles.find((tile) => tile === focused) ?? tiles[0];
    for (const tile of tiles) tile.tabIndex = tile === stop ? 0 : -1;
  }

  #move(event: KeyboardEvent): void {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step === undefined) return;
    const tiles = [...this.#place.children];
    const next = tiles[tiles.indexOf(document.activeElement as Element) + step];
    if (!(next instanceof HTMLElement)) return;
    event.preventDefault();
    next.focus();
    this.#stops(next);
  }
}
