/** Loads networks step by step: the samples, the network itself, and what it is seen beside. */
import type { LoadProgress } from "she-ood";
import { Latest } from "../shared/latest";
import { type Company, type Loaded, loaderOf } from "./loaded";
import { NETWORKS, type NetworkName } from "./networks";
import type { Sample } from "./samples";

interface Told {
  progress(progress: LoadProgress): void;
  begin(loaded: Loaded): void;
  compare(loaded: Loaded, company: Company): void;
  /** The network could not be loaded, or its samples not be scored. */
  fail(error: unknown): void;
}

const ignore = () => {};

export class Loader {
  readonly #told: Told;
  readonly #loading: Latest;
  readonly #comparing: Latest;
  /** Both networks and their samples, each loaded when first chosen. */
  readonly #networks = { digits: this.#loaderOf("digits"), objects: this.#loaderOf("objects") };
  #name: NetworkName | undefined;

  constructor(told: Told) {
    this.#told = told;
    this.#loading = new Latest(ignore, told.fail);
    this.#comparing = new Latest(ignore, told.fail);
  }

  get busy(): boolean {
    return this.#loading.busy;
  }

  /** Loads a network in place of any other; `offer` takes its samples, which come before it. */
  load(name: NetworkName, offer: (samples: Sample[]) => void): void {
    const { samples, loaded } = this.#networks[name];
    this.#name = name;
    this.#comparing.drop();
    this.#told.progress({ phase: "wasm", loaded: 0 });
    void this.#loading.replace(async (signal) => {
      const [shown] = await Promise.all([
        loaded(),
        samples().then((samples) => !signal.aborted && offer(samples)),
      ]);
      return () => this.#begin(shown);
    });
  }

  /** The scored samples of a network, once there are any. */
  async company(name: NetworkName): Promise<Company> {
    const { company } = await this.#networks[name].loaded();
    return company();
  }

  #begin(loaded: Loaded): void {
    this.#told.begin(loaded);
    void this.#comparing.replace(async () => {
      const company = await loaded.company();
      return () => this.#told.compare(loaded, company);
    });
  }

  #loaderOf(name: NetworkName) {
    return loaderOf(NETWORKS[name], (progress) => {
      // What goes on after a failure must not hide that.
      if (name === this.#name && this.busy) this.#told.progress(progress);
    });
  }
}
