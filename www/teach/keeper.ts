/** Keeps what was taught on this device, if the visitor wants it: features and labels only. */
import { del, get, set } from "idb-keyval";
import { complain, element } from "../shared/dom";
import { type Examples, NETWORK } from "./teacher";

export interface Kept {
  /** The network that the features are of. */
  network: string;
  /** All classes, those without examples too. */
  labels: string[];
  examples: Examples;
}

const KEY = "taught";

/** Milliseconds without a change after which it is kept. */
const PAUSE = 500;

/** What is kept, unless it is of another network or the browser keeps nothing. */
export async function readKept(): Promise<Kept | undefined> {
  const kept = await get<Kept>(KEY).catch(() => undefined);
  return kept?.network === NETWORK ? kept : undefined;
}

export class Keeper {
  readonly #choice = element<HTMLInputElement>("keep");
  readonly #collect: () => Promise<Omit<Kept, "network">>;
  #timer = 0;
  /** Ends when the last access so far has: each waits for the one before. */
  #accesses: Promise<void> = Promise.resolve();

  constructor(isKept: boolean, collect: () => Promise<Omit<Kept, "network">>) {
    this.#collect = collect;
    this.#choice.checked = isKept;
    this.#choice.onchange = () => (this.#choice.checked ? this.#write() : this.wipe());
  }

  /** Has a change kept soon. */
  changed(): void {
    clearTimeout(this.#timer);
    if (this.#choice.checked) this.#timer = window.setTimeout(() => this.#write(), PAUSE);
  }

  /** Forgets what is kept, and keeps nothing more. */
  wipe(): Promise<void> {
    clearTimeout(this.#timer);
    this.#choice.checked = false;
    return this.#access(() => del(KEY));
  }

  #write(): Promise<void> {
    return this.#access(async () => {
      const taught = await this.#collect();
      if (this.#choice.checked) await set(KEY, { network: NETWORK, ...taught });
    });
  }

  #access(work: () => Promise<void>): Promise<void> {
    this.#accesses = this.#accesses.then(work).then(
      () => complain("keep-error"),
      (error: unknown) => complain("keep-error", new Error(`Nothing is kept: ${String(error)}`)),
    );
    return this.#accesses;
  }
}
