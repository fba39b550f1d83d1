/** What the page shows, in its address, so that it can be sent to others. */
import { NONE, type Push } from "./push";
import { KINDS, type KindName } from "./kinds";

export interface State {
  kind: KindName;
  /** Position of the chosen sample; a drawing or photo is in no address. */
  sample: number | undefined;
  push: Push;
}

export function read(hash: string): State {
  const entries = new URLSearchParams(hash.replace(/^#/, ""));
  const kind = entries.get("kind") ?? "digits";
  const sample = Number(entries.get("sample") ?? NaN);
  const push = Object.keys(NONE).map((name) => [name, Number(entries.get(name)) || 0]);
  return {
    kind: kind in KINDS ? (kind as KindName) : "digits",
    sample: Number.isInteger(sample) && sample >= 0 ? sample : undefined,
    push: Object.fromEntries(push) as Push,
  };
}

/** Only what differs from how the page begins. */
export function write({ kind, sample, push }: State): void {
  const entries = new URLSearchParams({ kind });
  if (sample !== undefined) entries.set("sample", `${sample}`);
  for (const [name, value] of Object.entries(push)) if (value !== 0 && sample !== undefined) entries.set(name, `${value}`);
  history.replaceState(null, "", `#${entries}`);
}
