/** A file of the page. Fails with words for people that name it. */
export async function fetched(address: string, signal?: AbortSignal): Promise<Blob> {
  const response = await fetch(address, { signal: signal ?? null }).catch((cause: unknown) => {
    signal?.throwIfAborted();
    throw new Error(`${address} could not be fetched`, { cause });
  });
  if (!response.ok)
    throw new Error(`${address} could not be fetched: the server says ${response.status}`);
  return response.blob();
}
