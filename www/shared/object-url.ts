/** Creates an address for content, in place of the one an element had. */
export function replaceUrl(before: string, content: Blob): string {
  if (before.startsWith("blob:")) URL.revokeObjectURL(before);
  return URL.createObjectURL(content);
}
