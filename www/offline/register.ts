/**
 * Has the built page kept for visits without a network, once all that this visit needs is there.
 */
export function keepOffline(): void {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return;
  // Without it the page works as well, as long as there is a network.
  navigator.serviceWorker.register("./service-worker.js").catch(() => undefined);
}
