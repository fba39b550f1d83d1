/** What the page shows, in its address, so that it can be sent to others. */
import { NETWORKS, type NetworkName } from "./networks";
import { NONE, type Perturbation } from "./perturb";
import { SLIDERS, type SliderName } from "./sliders";

export interface Address {
  network: NetworkName;
  /** Position of the chosen sample; drawings and photos are in no address. */
  sample: number | undefined;
  perturbation: Perturbation;
  /** Position of the sample to blend with; unless given, the page chooses. */
  partner: number | undefined;
}

/** Reads an address. Unknown values fall back to the defaults, others to where a slider can be. */
export function fromHash(hash: string): Address {
  const entries = new URLSearchParams(hash.replace(/^#/, ""));
  const network = entries.get("kind") ?? "";
  const names = Object.keys(NONE) as SliderName[];
  const perturbation = names.map((name) => [name, parseSlider(name, entries.get(name))]);
  return {
    network: Object.hasOwn(NETWORKS, network) ? (network as NetworkName) : "digits",
    sample: parsePosition(entries.get("sample")),
    perturbation: Object.fromEntries(perturbation) as Perturbation,
    partner: parsePosition(entries.get("with")),
  };
}

function parseSlider(name: SliderName, text: string | null): number {
  const { low, high, step } = SLIDERS[name];
  const value = Number(text);
  if (!Number.isFinite(value)) return 0;
  const steps = Math.round(Math.max(low, Math.min(high, value)) / step);
  // As a slider writes it: 0.15, not 0.15000000000000002; and never -0.
  return Number((steps * step).toFixed(2)) + 0;
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
