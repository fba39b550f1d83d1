/** Told of the bytes that have come, and of all where the server says. */
export type CountBytes = (loaded: number, total?: number) => void;

/**
 * Fetches a file of the page.
 *
 * @throws {Error} Names the file and what the server says; the signal's reason when aborted.
 */
export async function fetchFile(
  address: string,
  signal?: AbortSignal,
  count?: CountBytes,
): Promise<Blob> {
  const response = await fetch(address, { signal: signal ?? null }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new Error(`${address} could not be fetched. Check the network and try again.`, { cause });
  });
  if (!response.ok)
    throw new Error(`${address} could not be fetched: the server says ${response.status}`);
  return count ? readCounting(response, count) : response.blob();
}

async function readCounting(response: Response, count: CountBytes): Promise<Blob> {
  // A compressed file has more bytes than its length in transit.
  const compressed = response.headers.has("content-encoding");
  const total = compressed ? 0 : Number(response.headers.get("content-length"));
  let loaded = 0;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      loaded += chunk.length;
      count(loaded, total || undefined);
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body?.pipeThrough(counter)).blob();
}
