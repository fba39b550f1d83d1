/**
 * A file's bytes, by its address: fetched by a page, read by Node, which cannot fetch from disk.
 */
export async function bytes(url) {
  if (url.protocol !== "file:") return (await fetch(url)).arrayBuffer();
  const { readFile } = await import("node:fs/promises");
  const { buffer, byteOffset, byteLength } = await readFile(url);
  return buffer.slice(byteOffset, byteOffset + byteLength);
}
