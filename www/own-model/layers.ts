/** The list of layers, in which those to compare may be ticked. */
import type { Layer } from "she-ood/worker";
import { element, make, write } from "../shared/dom";
import { plural } from "../shared/words";
import { type Classifier, shapeInWords } from "./classifier";

/**
 * Lists the default layer and the ends of stages, the ones nearest to the answer first.
 * The other layers are folded away, unless the model has no default one.
 */
export function listLayers({ layers, defaultLayer }: Classifier, change: () => void): void {
  const suggested = layers.filter(isSuggested);
  const others = layers.filter((layer) => !isSuggested(layer) && layer.features !== null);
  fill("layers", suggested, change);
  fill("other-layers", others, change);
  write("other-layers-title", plural(others.length, "other layer"));
  const fold = element<HTMLDetailsElement>("other-layers-fold");
  fold.hidden = others.length === 0;
  fold.open = defaultLayer === null;
  element("layers").hidden = suggested.length === 0;
}

/** Whether a fit can choose among layers by itself. */
export function canChoose({ layers }: Classifier): boolean {
  return layers.some(isSuggested);
}

const isSuggested = (layer: Layer) => layer.default || layer.stage;

/** The ticked layers, from input to output. */
export function checkedLayers({ layers }: Classifier): string[] {
  const boxes = document.querySelectorAll<HTMLInputElement>("input[name=layer]:checked");
  const names = new Set([...boxes].map(({ value }) => value));
  return layers.map(({ name }) => name).filter((name) => names.has(name));
}

function fill(id: string, layers: Layer[], change: () => void): void {
  const rows = layers.map((layer) => row(layer, change));
  element(id).replaceChildren(...rows.reverse());
  element(id).scrollTop = 0;
}

function row(layer: Layer, change: () => void): HTMLElement {
  const box = make("input", {
    type: "checkbox",
    name: "layer",
    value: layer.name,
    onchange: change,
  });
  const role = layer.default ? "last hidden layer" : layer.stage ? "end of a stage" : "";
  const note = role ? make("span", { className: "note" }, role) : "";
  return make(
    "label",
    {},
    box,
    make("span", { className: "name" }, layer.name, " ", note),
    make("span", { className: "op" }, layer.op),
    make("span", { className: "shape" }, shapeInWords(layer.shape)),
  );
}
