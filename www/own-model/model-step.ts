/** First step: a model, and the layers to compare. */
import { element, say, write } from "../shared/dom";
import { onChoose, onDrop } from "./drop";
import { explained } from "./errors";
import { exampleModel } from "./example";
import { listLayers, tickedLayers } from "./layers";
import { type Model, modelOf, shaped } from "./classifier";

export interface Layered {
  model: Model;
  /** Never empty. */
  layers: string[];
}

export class ModelStep {
  readonly #done: (layered: Layered | undefined) => void;
  /** Counts the choices, so that a slow one does not come after a later one. */
  #turn = 0;

  constructor(done: (layered: Layered | undefined) => void) {
    this.#done = done;
    onChoose(
      element<HTMLInputElement>("model-file"),
      ([file]) => void this.#take(async () => file!),
    );
    onDrop(element("model-zone"), ({ files: [file] }) => file && void this.#take(async () => file));
    element("model-example").onclick = () => void this.#take(exampleModel);
  }

  async #take(file: () => Promise<File>): Promise<void> {
    const turn = ++this.#turn;
    this.#reading();
    const read = await file()
      .then((file) => modelOf(file, file.name))
      .catch((error: unknown) => explained(error));
    if (turn !== this.#turn) return;
    write("model-status", "");
    if (typeof read === "string") say("model-error", read);
    else this.#show(read);
  }

  #reading(): void {
    this.#done(undefined);
    element("model-found").hidden = true;
    say("model-error");
    write("model-status", "Reading the model …");
  }

  #show(model: Model): void {
    const [width, height] = model.size;
    const colours = model.channels === 3 ? "colour" : "gray";
    write(
      "model-status",
      `${model.name}: takes ${colours} pictures of ${width} × ${height} (input ${shaped(model.inputShape)}), gives ${model.outputs} outputs.`,
    );
    listLayers(model, () => this.#ticked(model));
    element("model-found").hidden = false;
    element("layers").scrollTop = 0;
    this.#ticked(model);
  }

  #ticked(model: Model): void {
    const layers = tickedLayers();
    say("layers-error", layers.length === 0 ? "Tick at least one layer." : "");
    this.#done(layers.length > 0 ? { model, layers } : undefined);
  }
}
