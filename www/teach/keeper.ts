/**
 * Keeps what was taught on this device, if the visitor wants it: features and labels only. Each
 * example is written once, so a change costs little however much is kept.
 */
import { clear, createStore, delMany, get, getMany, set, setMany } from "idb-keyval";
import { complain, element } from "../shared/dom";
import { type Examples, NETWORK } from "./teacher";

/** What is kept beside the features. */
interface Contents {
  /** The network that the features are of. */
  network: string;
  /** All classes, those without examples too. */
  labels: string[];
  /** The label of each example, and the key of its features. */
  examples: { label: string; key: string }[];
}

export interface Kept {
  labels: string[];
  examples: { label: string; key: string; features: Float32Array }[];
}

interface Taught {
  labels: string[];
  examples: Examples;
}

const CONTENTS = "contents";

/** Milliseconds without a change after which it is kept. */
const PAUSE = 500;

/** Examples written at a time, so that the page stays fluid. */
const AT_A_TIME = 200;

const store = createStore("she-ood-taught", "taught");

/** What is kept, unless it is of another network or the browser keeps nothing. */
export async function readKept(): Promise<Kept | undefined> {
  const contents = await get<Contents>(CONTENTS, store).catch(() => undefined);
  if (contents?.network !== NETWORK) return undefined;
  const { labels, examples } = contents;
  const keys = examples.map(({ key }) => key);
  const features = await getMany<Float32Array | undefined>(keys, store);
  const all = examples.flatMap((example, i) => {
    const found = features[i];
    return found ? [{ ...example, features: found }] : [];
  });
  return { labels, examples: all };
}

export class Keeper {
  readonly #choice = element<HTMLInputElement>("keep");
  readonly #collect: () => Promise<Taught>;
  /** The keys of the examples whose features are written, by id. */
  readonly #keys: Map<number, string>;
  /** Makes keys unlike those of other visits and tabs. */
  readonly #session = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #timer = 0;
  /** Ends when the last access so far has: each waits for the one before. */
  #accesses: Promise<void> = Promise.resolve();

  /** Goes on from the keys of what is kept, or from nothing. */
  constructor(keys: Map<number, string> | undefined, collect: () => Promise<Taught>) {
    this.#collect = collect;
    this.#keys = keys ?? new Map();
    this.#choice.checked = keys !== undefined;
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
    return this.#access(async () => {
      this.#keys.clear();
      await clear(store);
    });
  }

  #write(): Promise<void> {
    return this.#access(async () => {
      const { labels, examples } = await this.#collect();
      if (!this.#choice.checked) return;
      await this.#writeNew(examples);
      const listed = examples.map(({ id, label }) => ({ label, key: this.#keys.get(id) ?? "" }));
      await set(CONTENTS, { network: NETWORK, labels, examples: listed }, store);
      await this.#forgetOld(examples);
    });
  }

  async #writeNew(examples: Examples): Promise<void> {
    const fresh = examples.filter(({ id }) => !this.#keys.has(id));
    for (let i = 0; i < fresh.length; i += AT_A_TIME) {
      const part = fresh.slice(i, i + AT_A_TIME);
      const keyed = part.map(({ id, features }) => ({
        id,
        features,
        key: `${this.#session}-${id}`,
      }));
      await setMany(
        keyed.map(({ key, features }) => [key, features]),
        store,
      );
      for (const { id, key } of keyed) this.#keys.set(id, key);
    }
  }

  async #forgetOld(examples: Examples): Promise<void> {
    const there = new Set(examples.map(({ id }) => id));
    const gone = [...this.#keys].filter(([id]) => !there.has(id));
    await delMany(
      gone.map(([, key]) => key),
      store,
    );
    for (const [id] of gone) this.#keys.delete(id);
  }

  #access(work: () => Promise<void>): Promise<void> {
    this.#accesses = this.#accesses.then(work).then(
      () => complain("keep-error"),
      (error: unknown) => complain("keep-error", new Error(`Nothing is kept: ${String(error)}`)),
    );
    return this.#accesses;
  }
}
