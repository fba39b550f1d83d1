/** Makes something when first asked, and keeps it; after a failure the next call tries again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let kept: Promise<T> | undefined;
  const forget = (error: unknown) => {
    kept = undefined;
    throw error;
  };
  return () => {
    kept ??= make().catch(forget);
    return kept;
  };
}
