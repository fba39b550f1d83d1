import { SheError } from "../error.js";
import { shown } from "../input/realm.js";

/** The hashes that a file may have. */
export interface Hashes {
  algorithm: "SHA-256" | "SHA-384" | "SHA-512";
  /** In base64 without padding; one of them must match. */
  digests: string[];
  /** As given. */
  integrity: string;
}

/** Parses the strongest hashes of `integrity`, as browsers read the attribute. */
export function parseIntegrity(integrity: string | null | undefined): Hashes | undefined {
  if (integrity === undefined || integrity === null) return undefined;
  const found = String(integrity).matchAll(
    /(?:^|\s)sha(?<bits>256|384|512)-(?<digest>[\w+/-]+)=*(?:\?\S*)?(?=\s|$)/g,
  );
  const named = Array.from(found, ({ groups }) => groups as { bits: string; digest: string });
  const bits = named
    .map(({ bits }) => bits)
    .sort()
    .at(-1);
  if (bits === undefined) {
    throw new SheError(
      "invalid-option",
      `integrity is ${shown(integrity)}, allowed: sha256-, sha384- or sha512- and the hash in ` +
        "base64, several separated by spaces",
    );
  }
  const digests = named
    .filter((hash) => hash.bits === bits)
    .map(({ digest }) => digest.replaceAll("-", "+").replaceAll("_", "/"));
  return { algorithm: `SHA-${bits}` as Hashes["algorithm"], digests, integrity };
}

/** Refuses bytes that have none of these hashes. */
export async function verify(
  bytes: Uint8Array<ArrayBuffer>,
  what: string,
  hashes: Hashes | undefined,
): Promise<void> {
  if (!hashes) return;
  if (!globalThis.crypto?.subtle) {
    throw new SheError(
      "load-failed",
      "integrity needs crypto.subtle, which exists on https: and localhost only: " +
        "serve the page there, or leave integrity out",
    );
  }
  const digest = new Uint8Array(await crypto.subtle.digest(hashes.algorithm, bytes));
  const found = btoa(String.fromCharCode(...digest)).replaceAll("=", "");
  if (!hashes.digests.includes(found))
    throw new SheError(
      "load-failed",
      `${what} is not the file whose ${hashes.algorithm} is ${hashes.integrity}`,
    );
}
