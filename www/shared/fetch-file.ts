/** Told how many bytes have come, and of how many where the server says. */
type Told = (loaded: number, total?: number) => void;

/**
 * Fetches a file of the page.
 *
 * @throws {Error} Names the file and what the server says; the signal's reason when aborted.
 */
export async function fetchFile(address: string, signal?: AbortSignal, told?: Told): Promise<Blob> {
  const response = await fetch(address, { signal: signal ?? null }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new Error(`${address} could not be fetched. Check the network and try again.`, { cause });
  });
  if (!response.ok)
    throw new Error(`${address} could not be fetched: the server says ${response.status}`);
  return told ? readTelling(response, told) : response.blob();
}

async function readTelling({ body, headers }: Response, told: Told): Promise<Blob> {
  const length = headers.has("content-encoding") ? 0 : Number(headers.get("content-length"));
  let loaded = 0;
  const counting = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      loaded += chunk.length;
      told(loaded, length || undefined);
      controller.enqueue(chunk);
    },
  });
  return new Response(body?.pipeThrough(counting) ?? null).blob();
}
