/** What the visitor says of a model whose file leaves it open. */
import type { ModelOptions } from "she-ood/worker";
import { element } from "../shared/dom";
import { codeOf } from "./errors";

export type Reading = Pick<ModelOptions, "inputShape" | "logits" | "externalData">;

const shape = () => element<HTMLInputElement>("input-shape");
const logits = () => element<HTMLInputElement>("logits");

/** @throws {Error} When the input shape is not a list of sizes. */
export function chosenReading(): Reading {
  const sizes = parseSizes(shape().value);
  const name = logits().value.trim();
  return { ...(sizes.length > 0 && { inputShape: sizes }), ...(name && { logits: name }) };
}

export function parseSizes(text: string): number[] {
  const sizes = text
    .split(/[\s,;×x]+/)
    .filter(Boolean)
    .map(Number);
  if (sizes.every((size) => Number.isInteger(size) && size > 0)) return sizes;
  throw new Error("The input shape must be whole numbers with commas between them.");
}

/** Calls back when the visitor says something else. */
export function onReading(change: () => void): void {
  for (const input of [shape(), logits()]) input.addEventListener("change", change);
}

/** Shows the fields where they may help against an error. */
export function offerReading(error: unknown): void {
  const helps = ["unsupported-model", "invalid-option"].includes(codeOf(error) ?? "");
  if (helps) element<HTMLDetailsElement>("reading-fold").open = true;
}
