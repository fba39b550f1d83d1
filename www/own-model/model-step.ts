/** First step: a model, and the layers to compare. */
import { element, say, write } from "../shared/dom";
import { onChoose, onDrop } from "../shared/drop";
import { Latest } from "../shared/latest";
import { type Classifier, readClassifier, shapeInWords } from "./classifier";
import { explainError } from "./errors";
import { exampleModel } from "./example";
import { canChoose, checkedLayers, listLayers } from "./layers";
import { type ModelFiles, modelFiles } from "./model-files";
import { chosenReading, offerReading, onReading } from "./reading";

export interface Layered {
  classifier: Classifier;
  /** The ticked ones; none where the fit chooses. */
  layers: string[];
}

export class ModelStep {
  readonly #tell: (layered: Layered | undefined) => void;
  readonly #reading = new Latest(
    () => {},
    (error) => {
      write("model-status", "");
      say("model-error", explainError(error));
      offerReading(error);
    },
  );

  /** Opens the files that were chosen last. */
  #open: ((signal: AbortSignal) => Promise<ModelFiles | undefined>) | undefined;

  /** Tells the next step of a model with layers, or of none. */
  constructor(tell: (layered: Layered | undefined) => void) {
    this.#tell = tell;
    const take = (files: File[]) => this.#read(async () => modelFiles(files));
    onChoose(element<HTMLInputElement>("model-file"), take);
    onDrop(element("model-zone"), ({ files }) => files.length > 0 && take([...files]));
    element("model-example").onclick = () =>
      this.#read(async (signal) => ({ model: await exampleModel(signal) }));
    onReading(() => this.#open && this.#read(this.#open));
  }

  #read(open: (signal: AbortSignal) => Promise<ModelFiles | undefined>): void {
    this.#open = open;
    this.#tell(undefined);
    element("model-found").hidden = true;
    say("model-error");
    write("model-status", "Reading the model …");
    void this.#reading.replace(async (signal) => {
      const files = await open(signal);
      if (!files) return () => write("model-status", "");
      const classifier = await readClassifier(files, chosenReading());
      return () => this.#show(classifier);
    });
  }

  #show(classifier: Classifier): void {
    write("model-status", describe(classifier));
    listLayers(classifier, () => this.#check(classifier));
    element("model-found").hidden = false;
    this.#check(classifier);
  }

  #check(classifier: Classifier): void {
    const layers = checkedLayers(classifier);
    const isReady = layers.length > 0 || canChoose(classifier);
    say("layers-error", isReady ? "" : "Tick at least one layer.");
    this.#tell(isReady ? { classifier, layers } : undefined);
  }
}

function describe({ name, size, channels, inputShape, outputs }: Classifier): string {
  const [width, height] = size;
  const colours = channels === 3 ? "colour" : "gray";
  const input = `${colours} pictures of ${width} × ${height} (input ${shapeInWords(inputShape)})`;
  return `${name}: takes ${input}, gives ${outputs} outputs.`;
}
