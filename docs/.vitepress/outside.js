import { posix } from "node:path";
import { REPOSITORY } from "../../www/repository.js";

/**
 * Links to files outside docs/ lead to the repository. Where its address is not known, only their
 * words are shown.
 */
export function linkToRepository(md) {
  md.core.ruler.push("repository", ({ tokens }) => {
    for (const { children } of tokens) if (children) redirect(children);
  });
}

function redirect(tokens) {
  let inner = false;
  for (const token of tokens) {
    const path = token.type === "link_open" ? token.attrGet("href") : "";
    if (path.startsWith("../")) {
      inner = !REPOSITORY;
      token.attrs = inner
        ? []
        : [["href", `${REPOSITORY}/blob/main/${posix.normalize(path.slice(3))}`]];
    }
    if (inner && token.type.startsWith("link_")) token.tag = "span";
    if (token.type === "link_close") inner = false;
  }
}
