/** Anchor of a heading, as GitHub makes it, so that one link works in the repository and here. */
export const slug = (heading) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- _]/gu, "")
    .replaceAll(" ", "-");
