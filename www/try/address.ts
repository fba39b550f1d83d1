/** What the page shows, in its address, so that it can be sent to others. */
import { NETWORKS, type NetworkName } from "./networks";
import { NONE, type Perturbation } from "./perturb";

export interface Address {
  network: NetworkName;
  /** Position of the chosen sample; drawings and photos are in no address. */
  sample: number | undefined;
  perturbation: Perturbation;
  /** Position of the sample to blend with; unless given, the page chooses. */
  partner: number | undefined;
}

/** Reads an address. Unknown values fall back to the defaults. */
export function fromHash(hash: string): Address {
  const entries = new URLSearchParams(hash.replace(/^#/, ""));
  const network = entries.get("kind") ?? "";
  const perturbation = Object.keys(NONE).map((name) => [name, parseFinite(entries.get(name))]);
  return {
    network: Object.hasOwn(NETWORKS, network) ? (network as NetworkName) : "digits",
    sample: parsePosition(entries.get("sample")),
    perturbation: Object.fromEntries(perturbation) as Perturbation,
    partner: parsePosition(entries.get("with")),
  };
}

function parseFinite(text: string | null): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}

function parsePosition(text: string | null): number | undefined {
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Writes an address, without what is as at the start. */
export function toHash({ network, sample, perturbation, partner }: Address): string {
  const entries = new URLSearchParams({ kind: network });
  if (sample === undefined) return `#${entries}`;
  entries.set("sample", `${sample}`);
  for (const [name, value] of Object.entries(perturbation))
    if (value !== 0) entries.set(name, `${value}`);
  if (perturbation.blend !== 0 && partner !== undefined) entries.set("with", `${partner}`);
  return `#${entries}`;
}
