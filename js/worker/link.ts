import { SheError, type SheErrorCode } from "../error.js";

/**
 * What a thread is asked to do: the name of one of its functions and its arguments, of which some
 * are handed over, not copied.
 */
export interface Call {
  name: string;
  args: unknown[];
  transfer?: Transferable[];
}

/** What a thread answers. */
export type Answer = { value: unknown } | { error: { code: SheErrorCode; message: string } };

/** The longest that timers wait, 24 days: what is longer is no limit. */
const LONGEST = 2 ** 31 - 1;

/** A thread, and the one call that it holds. */
export class Link {
  readonly #worker: Worker;
  readonly #timeout: number;
  readonly #ended: (link: Link) => void;
  #held: { resolve(value: unknown): void; reject(reason: unknown): void } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #heard = false;

  /**
   * Starts a thread that may take `timeout` milliseconds over a call; `ended` is told when it can
   * be asked no more.
   */
  constructor(timeout: number, ended: (link: Link) => void) {
    this.#timeout = timeout;
    this.#ended = ended;
    this.#worker = started();
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#hear(data);
    this.#worker.onmessageerror = () => this.#crashed("its answer could not be read");
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#crashed(event.message);
    };
  }

  /** Asks for one thing, when the last is answered. */
  ask({ name, args, transfer = [] }: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#send({ name, args }, transfer);
      this.#held = { resolve, reject };
      if (this.#timeout <= LONGEST) this.#timer = setTimeout(() => this.#late(name), this.#timeout);
    });
  }

  #send(message: Call, transfer: Transferable[]): void {
    try {
      this.#worker.postMessage(message, transfer);
    } catch (cause) {
      throw new SheError("input-kind", `this cannot be given to a worker: ${String(cause)}`, {
        cause,
      });
    }
  }

  /** Ends the thread at once; the call that it holds is rejected. */
  end(reason: unknown): void {
    this.#worker.terminate();
    this.#ended(this);
    this.#release()?.reject(reason);
  }

  /** The call that it holds, and holds no more. */
  #release() {
    const held = this.#held;
    this.#held = undefined;
    clearTimeout(this.#timer);
    return held;
  }

  #late(name: string): void {
    this.end(
      new SheError(
        "timeout",
        `the worker took more than ${this.#timeout} ms over ${name} and was ended: give a longer timeout if that is too short`,
      ),
    );
  }

  #hear(answer: Answer): void {
    const held = this.#release();
    this.#heard = true;
    if ("value" in answer) held?.resolve(answer.value);
    else held?.reject(new SheError(answer.error.code, answer.error.message));
  }

  #crashed(message: string | undefined): void {
    if (this.#heard) return this.end(new SheError("internal", `the worker failed: ${message}`));
    const hint =
      "is it beside the package's other files, or bundled from the page's own origin, and does the CSP's worker-src allow it?";
    this.end(
      new SheError("load-failed", `the worker's script could not be started: ${message ?? hint}`),
    );
  }
}

function started(): Worker {
  if (typeof Worker === "undefined") {
    throw new SheError(
      "load-failed",
      `there are no Web Workers here: take Detector and Fitter from "she-ood" itself`,
    );
  }
  try {
    // Bundlers know this very expression.
    return new Worker(new URL("./thread.js", import.meta.url), { type: "module", name: "she-ood" });
  } catch (cause) {
    // A script of another origin, a CDN's say, may be imported by a worker, and not be one.
    if ((cause as Error).name === "SecurityError")
      return importing(new URL(HERE.replace(/[^/]*$/, "thread.js")));
    throw new SheError("load-failed", `a worker could not be started: ${String(cause)}`, { cause });
  }
}

/** Kept apart, so that no bundler takes the script for a file to copy as it is. */
const HERE = import.meta.url;

/** The few bytes that import the scripts of other origins, kept for the next workers. */
const importers = new Map<string, string>();

function importing({ href }: URL): Worker {
  const script = `import ${JSON.stringify(href)};`;
  const blob = () => URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  // A sandboxed frame has no origin, and Chromium starts no module of its blobs.
  const url =
    importers.get(href) ??
    (globalThis.origin === "null" ? `data:text/javascript,${encodeURIComponent(script)}` : blob());
  importers.set(href, url);
  return new Worker(url, { type: "module", name: "she-ood" });
}
