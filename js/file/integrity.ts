import { SheError } from "../error.js";
import { shown } from "../input/realm.js";

/** Hashes that a file may have. */
export interface Wanted {
  algorithm: "SHA-256" | "SHA-384" | "SHA-512";
  /** In base64 without padding; any of them will do. */
  digests: string[];
  /** As it was given. */
  integrity: string;
}

/** The strongest hashes that `integrity` names, as browsers read the attribute of that name. */
export function wanted(integrity: string | null | undefined): Wanted | undefined {
  if (integrity === undefined || integrity === null) return undefined;
  const named = [
    ...String(integrity).matchAll(/(?:^|\s)sha(256|384|512)-([\w+/-]+)=*(?:\?\S*)?(?=\s|$)/g),
  ];
  const bits = named
    .map(([, bits]) => bits!)
    .sort()
    .at(-1);
  if (bits === undefined) {
    throw new SheError(
      "invalid-option",
      `integrity is ${shown(integrity)}, allowed: sha256-, sha384- or sha512- and the hash in base64, several with spaces between`,
    );
  }
  const digests = named
    .filter(([, given]) => given === bits)
    .map(([, , digest]) => digest!.replaceAll("-", "+").replaceAll("_", "/"));
  return { algorithm: `SHA-${bits}` as Wanted["algorithm"], digests, integrity };
}

/** Refuses bytes that have none of these hashes. */
export async function verify(
  bytes: Uint8Array<ArrayBuffer>,
  what: string,
  hashes: Wanted | undefined,
): Promise<void> {
  if (!hashes) return;
  if (!globalThis.crypto?.subtle) {
    throw new SheError(
      "load-failed",
      "integrity can be checked on https: and localhost only, with crypto.subtle, which is not there: serve the page so, or leave integrity out",
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
