/** What the page shows, in its address, so that it can be sent to others. */
import { NONE, type Push } from "./perturb";
import { KINDS, type KindName } from "./networks";

export interface State {
  kind: KindName;
  /** Position of the chosen sample; a drawing or photo is in no address. */
  sample: number | undefined;
  push: Push;
  /**
   * Position of the sample that it is blended with; unless given, the one that is offered first.
   */
  partner: number | undefined;
}

/** What is unknown in an address gives way to the usual. */
export function fromHash(hash: string): State {
  const entries = new URLSearchParams(hash.replace(/^#/, ""));
  const kind = entries.get("kind") ?? "";
  const push = Object.keys(NONE).map((name) => [name, finite(entries.get(name))]);
  return {
    kind: Object.hasOwn(KINDS, kind) ? (kind as KindName) : "digits",
    sample: position(entries.get("sample")),
    push: Object.fromEntries(push) as Push,
    partner: position(entries.get("with")),
  };
}

function finite(text: string | null): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}

function position(text: string | null): number | undefined {
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Only what differs from how the page begins. */
export function toHash({ kind, sample, push, partner }: State): string {
  const entries = new URLSearchParams({ kind });
  if (sample === undefined) return `#${entries}`;
  entries.set("sample", `${sample}`);
  for (const [name, value] of Object.entries(push)) if (value !== 0) entries.set(name, `${value}`);
  if (push.blend !== 0 && partner !== undefined) entries.set("with", `${partner}`);
  return `#${entries}`;
}
