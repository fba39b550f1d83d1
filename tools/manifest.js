import { readFileSync } from "node:fs";

/** A text of a Cargo manifest's first table, such as its `version`. */
export const field = (manifest, name) =>
  readFileSync(manifest, "utf8").match(new RegExp(`^${name} = "(.*)"$`, "m"))?.[1];
