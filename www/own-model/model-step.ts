/** First step: a model. */
import { say, write } from "../shared/dom";
import { Latest } from "../shared/latest";
import { progressInWords } from "../shared/loading";
import { type Classifier, readClassifier, shapeInWords } from "./classifier";
import { explainError } from "./errors";
import type { ModelFiles } from "./model-files";
import { chosenReading, offerReading, onReading } from "./reading";
import { fileSize, sizeSoFar } from "./size";
import { setStep } from "./step";

/** Opens files; tells how many bytes have come. */
export type OpenModel = (
  signal: AbortSignal,
  told: (loaded: number, total?: number) => void,
) => Promise<ModelFiles>;

export class ModelStep {
  readonly #tell: (classifier: Classifier | undefined) => void;
  readonly #reading = new Latest(
    () => {},
    (error) => {
      write("model-status", "");
      say("model-error", explainError(error));
      offerReading(error);
    },
  );

  /** Opens the files that came last. */
  #open: OpenModel | undefined;
  /** Weights that came by themselves: before the first model, or since the last one. */
  #weights: Record<string, File> = {};

  /** Tells the next step of a model, or of none. */
  constructor(tell: (classifier: Classifier | undefined) => void) {
    this.#tell = tell;
    onReading(() => this.#open && this.#read(this.#open));
  }

  /** Takes a model in place of any before it. Weights may have come first. */
  take(open: OpenModel): void {
    // Those of the model before are not this one's, whatever their names.
    if (this.#open) this.#weights = {};
    this.#read(async (...given) => {
      const { model, externalData } = await open(...given);
      return { model, externalData: { ...externalData, ...this.#weights } };
    });
  }

  /** Takes weights, for the model that is here or the one to come. */
  takeWeights(weights: Record<string, File>): void {
    this.#weights = { ...this.#weights, ...weights };
    if (this.#open) this.#read(this.#open);
    else
      write("model-status", `Weights are here: ${Object.keys(weights).join(", ")}. Now a model.`);
  }

  #read(open: OpenModel): void {
    this.#open = open;
    this.#tell(undefined);
    setStep("model", "open");
    say("model-error");
    write("model-status", "Reading the model …");
    void this.#reading.replace(async (signal) => {
      const told = (words: string) => signal.aborted || write("model-status", words);
      const files = await open(signal, (loaded, total) =>
        told(`Loading the model: ${sizeSoFar(loaded, total)}`),
      );
      told(`Reading ${files.model.name}, ${fileSize(files.model.size)} …`);
      const classifier = await readClassifier(files, chosenReading(), (progress) => {
        // Of the model itself no byte is fetched any more.
        if (progress.phase !== "model") told(progressInWords(progress));
      });
      return () => this.#show(classifier);
    });
  }

  #show(classifier: Classifier): void {
    write("model-status", describe(classifier));
    setStep("model", "done");
    this.#tell(classifier);
  }
}

function describe({ name, size, channels, inputShape, outputs }: Classifier): string {
  const [width, height] = size;
  const colours = channels === 3 ? "colour" : "gray";
  const input = `${colours} pictures of ${width} × ${height} (input ${shapeInWords(inputShape)})`;
  return `${name}: takes ${input}, gives ${outputs} outputs.`;
}
