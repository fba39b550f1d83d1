/**
 * Fetches a file of the page.
 *
 * @throws {Error} Names the file and what the server says; the signal's reason when aborted.
 */
export async function fetchFile(address: string, signal?: AbortSignal): Promise<Blob> {
  const response = await fetch(address, { signal: signal ?? null }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new Error(`${address} could not be fetched. Check the network and try again.`, { cause });
  });
  if (!response.ok)
    throw new Error(`${address} could not be fetched: the server says ${response.status}`);
  return response.blob();
}
