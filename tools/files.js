import { execFileSync } from "node:child_process";

const LISTED = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];

/** The project's files, committed or not, without those that git ignores. */
export const files = execFileSync("git", LISTED).toString().split("\0").filter(Boolean);
