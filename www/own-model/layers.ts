/** The list of layers, in which those to compare are ticked. */
import { element, make } from "../shared/dom";
import { type Classifier, lastHiddenLayer, shapeInWords } from "./classifier";

/** Lists the layers, the one nearest to the answer first, with the last hidden one ticked. */
export function listLayers(classifier: Classifier, change: () => void): void {
  const hidden = lastHiddenLayer(classifier);
  const rows = classifier.layers.map((layer) => {
    const box = make("input", {
      type: "checkbox",
      name: "layer",
      value: layer.name,
      checked: layer === hidden,
      onchange: change,
    });
    const note = layer === hidden ? make("span", { className: "note" }, "last hidden layer") : "";
    const name = make("span", { className: "name" }, layer.name, " ", note);
    return make(
      "label",
      {},
      box,
      name,
      make("span", { className: "op" }, layer.op),
      make("span", { className: "shape" }, shapeInWords(layer.shape)),
    );
  });
  element("layers").replaceChildren(...rows.reverse());
}

/** The ticked layers, from input to output. */
export function checkedLayers(): string[] {
  const boxes = element("layers").querySelectorAll<HTMLInputElement>(":checked");
  return [...boxes].map(({ value }) => value).reverse();
}
