import { SheError, type SheErrorCode } from "../error.js";

/**
 * A call to a thread: the name of one of its functions, the arguments, and those to transfer
 * instead of copying.
 */
export interface Call {
  name: string;
  args: unknown[];
  transfer?: Transferable[];
}

/** A thread's answer. */
export type Answer = { value: unknown } | { error: { code: SheErrorCode; message: string } };

/** Timers wait at most 24 days; a longer timeout means no limit. */
const LONGEST = 2 ** 31 - 1;

/** A thread, which works on one call at a time. */
export class Link {
  readonly #worker: Worker;
  readonly #timeout: number;
  readonly #onEnd: (link: Link) => void;
  /** Settles the call that the thread works on. */
  #caller: { resolve(value: unknown): void; reject(reason: unknown): void } | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the thread has answered once, so that its script must have started. */
  #hasAnswered = false;

  /**
   * Starts a thread that may take `timeout` milliseconds over a call. Calls `onEnd` when the thread
   * takes no more calls.
   */
  constructor(timeout: number, onEnd: (link: Link) => void) {
    this.#timeout = timeout;
    this.#onEnd = onEnd;
    this.#worker = startWorker();
    this.#worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#settle(data);
    this.#worker.onmessageerror = () => this.#crash("its answer could not be read");
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#crash(event.message);
    };
  }

  /** Sends a call, after the last one was answered. */
  ask({ name, args, transfer = [] }: Call): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#send({ name, args }, transfer);
      this.#caller = { resolve, reject };
      if (this.#timeout <= LONGEST)
        this.#timer = setTimeout(() => this.#expire(name), this.#timeout);
    });
  }

  #send(message: Call, transfer: Transferable[]): void {
    try {
      this.#worker.postMessage(message, transfer);
    } catch (cause) {
      throw new SheError("input-kind", `this cannot be sent to a worker: ${String(cause)}`, {
        cause,
      });
    }
  }

  /** Ends the thread at once, and rejects its call. */
  end(reason: unknown): void {
    this.#worker.terminate();
    this.#onEnd(this);
    this.#release()?.reject(reason);
  }

  /** Takes the call off the thread. */
  #release() {
    const caller = this.#caller;
    this.#caller = undefined;
    clearTimeout(this.#timer);
    return caller;
  }

  #expire(name: string): void {
    this.end(
      new SheError(
        "timeout",
        `the worker took more than ${this.#timeout} ms over ${name} and was ended: give a ` +
          "longer timeout if that is too short",
      ),
    );
  }

  #settle(answer: Answer): void {
    const caller = this.#release();
    this.#hasAnswered = true;
    if ("value" in answer) caller?.resolve(answer.value);
    else caller?.reject(new SheError(answer.error.code, answer.error.message));
  }

  #crash(message: string | undefined): void {
    const hint =
      "is it beside the package's other files, or bundled from the page's own origin, and does " +
      "the CSP's worker-src allow it?";
    const error = this.#hasAnswered
      ? new SheError("internal", `the worker failed: ${message}`)
      : new SheError("load-failed", `the worker's script could not be started: ${message ?? hint}`);
    this.end(error);
  }
}

function startWorker(): Worker {
  if (typeof Worker === "undefined") {
    throw new SheError(
      "load-failed",
      `there are no Web Workers here: import Detector and Fitter from "she-ood" itself`,
    );
  }
  try {
    // Bundlers recognise this very expression.
    return new Worker(new URL("./thread.js", import.meta.url), { type: "module", name: "she-ood" });
  } catch (cause) {
    // A worker may import a script of another origin, such as a CDN's, but cannot start as one.
    if ((cause as Error).name === "SecurityError")
      return startImporter(new URL(HERE.replace(/[^/]*$/, "thread.js")));
    throw new SheError("load-failed", `a worker could not be started: ${String(cause)}`, { cause });
  }
}

/** Apart from its use, or bundlers would copy the script as a plain file. */
const HERE = import.meta.url;

/** URLs of tiny scripts that import a script from another origin, reused by later workers. */
const importers = new Map<string, string>();

function startImporter({ href }: URL): Worker {
  const script = `import ${JSON.stringify(href)};`;
  const blob = () => URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  // A sandboxed frame has no origin, and Chromium starts no modules from its blobs.
  const url =
    importers.get(href) ??
    (globalThis.origin === "null" ? `data:text/javascript,${encodeURIComponent(script)}` : blob());
  importers.set(href, url);
  return new Worker(url, { type: "module", name: "she-ood" });
}
