/** Throws the signal's reason if it is aborted. */
export function checkAborted(signal: AbortSignal | null | undefined): void {
  if (signal?.aborted) throw signal.reason;
}

/** The promise, or the signal's reason as soon as it is aborted; `cancel` is told then. */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal?: AbortSignal | null,
  cancel?: () => void,
): Promise<T> {
  if (!signal) return promise;
  return new Promise((resolve, reject) => {
    const abort = () => {
      cancel?.();
      reject(signal.reason);
    };
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
  });
}

/** Runs `work` with a signal that each of these aborts. */
export async function withSignals<T>(
  signals: (AbortSignal | null | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const joint = new AbortController();
  const heard = signals.filter((signal) => signal !== null && signal !== undefined);
  const abort = () => joint.abort(heard.find(({ aborted }) => aborted)?.reason);
  try {
    heard.forEach(checkAborted);
    for (const signal of heard) signal.addEventListener("abort", abort);
    return await work(joint.signal);
  } finally {
    for (const signal of heard) signal.removeEventListener("abort", abort);
  }
}
