/** The promise, or the signal's reason as soon as it is aborted; `cancel` is told then. */
export function unlessAborted<T>(promise: Promise<T>, signal?: AbortSignal, cancel?: () => void): Promise<T> {
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
