/** Hands dropped and chosen files to the step that each belongs to. */
import { element, make, say, write } from "../shared/dom";
import { onChoose, onDrop } from "../shared/drop";
import { type Folders, leftOut, sortFolders } from "../shared/folders";
import { Latest } from "../shared/latest";
import { chosenFiles, droppedFiles, type Placed } from "../shared/tree";
import { messageOf, plural } from "../shared/words";
import { exampleModel, examplePictures, exampleStrangers } from "./example";
import { type Intake, modelOf, namedAsModel, sortIntake } from "./intake";
import { parseLabels } from "./labels";
import type { ModelStep } from "./model-step";
import { countPictures, type PicturesStep } from "./pictures-step";
import type { Setup } from "./setup";
import type { StrangersPart } from "./strangers-part";
import type { Trial } from "./trial";
import { type Account, accountFor, isAlone } from "./words-of-intake";

interface Places {
  model: ModelStep;
  pictures: PicturesStep;
  setup: Setup;
  strangers: StrangersPart;
  trial: Trial;
}

const EXAMPLE = "Our example: 500 of the pictures that its model was trained on.";
const STRANGERS = "Ours: 100 pictures of clothes and 100 of handwritten digits.";

export class Desk {
  readonly #places: Places;
  readonly #reading = new Latest(
    () => {},
    (error) => this.#fail(error),
  );

  constructor(places: Places) {
    this.#places = places;
  }

  /** Listens to drops, choosers and examples. */
  listen(): void {
    this.#listenToChoosers();
    this.#listenToExamples();
    const zones: [string, (placed: Placed[]) => Promise<() => void>][] = [
      ["strangers-zone", (placed) => this.#strangers(placed)],
      ["trial-zone", (placed) => this.#trial(placed)],
    ];
    for (const [id, take] of zones)
      onDrop(element(id), (data) => this.#read(droppedFiles(data), take));
    onDrop(document.body, (data) => this.#read(droppedFiles(data), (placed) => this.#sort(placed)));
  }

  #listenToChoosers(): void {
    const choosers: [string, (placed: Placed[]) => Promise<() => void>][] = [
      ["model-file", (placed) => this.#sort(namedAsModel(placed))],
      ["pictures-folder", (placed) => this.#sort(placed, true)],
      ["strangers-files", (placed) => this.#strangers(placed)],
      ["trial-file", (placed) => this.#trial(placed)],
    ];
    for (const [id, take] of choosers)
      onChoose(element<HTMLInputElement>(id), (files) => this.#read(chosenFiles(files), take));
  }

  #listenToExamples(): void {
    const { model, pictures, strangers } = this.#places;
    element("model-example").onclick = () => {
      suggestExample(true);
      model.take(exampleModel);
    };
    element("pictures-example").onclick = () => {
      pictures.wait();
      this.#run(async (signal) => {
        const folders = await sortFolders(await examplePictures(signal));
        const unknown = await exampleStrangers(signal);
        return () => {
          pictures.takePictures(folders, EXAMPLE);
          strangers.bring(unknown, STRANGERS);
        };
      });
    };
    element("strangers-example").onclick = () =>
      this.#run(async (signal) => {
        const unknown = await exampleStrangers(signal);
        return () => strangers.bring(unknown, STRANGERS);
      });
  }

  #read(
    files: Promise<Placed[]> | Placed[],
    take: (placed: Placed[]) => Promise<() => void>,
  ): void {
    this.#run(async () => take(await files));
  }

  #run(work: (signal: AbortSignal) => Promise<() => void>): void {
    say("intake-error");
    void this.#reading.replace(work);
  }

  #fail(error: unknown): void {
    write("pictures-status", "");
    say("intake-error", `The files could not be read: ${messageOf(error)}`);
  }

  /** Sorts what came; `asPictures` when it was chosen as the pictures. */
  async #sort(placed: Placed[], asPictures = false): Promise<() => void> {
    write("intake-status", `Looking through ${plural(placed.length, "file")} …`);
    const intake = await sortIntake(placed);
    const folders = await sortFolders(intake.rest);
    const [one, ...more] = placed;
    if (one && more.length === 0 && isAlone(folders) && this.#places.trial.isReady)
      return () => {
        write("intake-status", "");
        this.#places.trial.tryFile(one.file);
      };
    const [labels, config] = [await intake.labels?.text(), await intake.config?.text()];
    return () => {
      showAccount(accountFor(intake, folders));
      if (config && intake.config)
        this.#places.setup.takeConfig({ name: intake.config.name, text: config });
      if (labels && intake.labels)
        this.#places.pictures.takeLabels(parseLabels(labels), intake.labels.name);
      this.#handOver(intake, folders, asPictures);
    };
  }

  #handOver(intake: Intake, folders: Folders, asPictures: boolean): void {
    const { model, pictures, strangers } = this.#places;
    const files = modelOf(intake);
    if (files) suggestExample(false);
    if (files) model.take(async () => files);
    else if (Object.keys(intake.weights).length > 0) model.takeWeights(intake.weights);
    const isPictures = countPictures(folders.classes) > 0;
    // Strangers to other classes may be known to these.
    if (isPictures || intake.strangers.length > 0) strangers.bring(intake.strangers);
    if (isPictures || asPictures) pictures.takePictures(folders);
  }

  async #strangers(placed: Placed[]): Promise<() => void> {
    // Two folders deep, so that pictures in no folder are taken like those in one.
    const inFolders = placed.map((one) => ({ ...one, path: `strangers/all/${one.path}` }));
    const { classes, others } = await sortFolders(inFolders);
    const kept = new Set(classes.flatMap(({ files }) => files));
    return () => {
      this.#places.strangers.bring(placed.filter(({ file }) => kept.has(file)));
      if (others.length > 0) say("strangers-error", leftOut(others));
    };
  }

  async #trial([one]: Placed[]): Promise<() => void> {
    return () => one && this.#places.trial.tryFile(one.file);
  }
}

/** The example's model goes with its pictures, one's own model with one's own. */
function suggestExample(isExample: boolean): void {
  element("pictures-example").classList.toggle("main", isExample);
  element("pictures-choose").classList.toggle("main", !isExample);
}

function showAccount({ taken, left }: Account): void {
  const isPlain = taken.length === 1 && left.length === 0;
  write("intake-status", taken.length > 0 && !isPlain ? `Took ${taken.join("; ")}.` : "");
  element("intake-left").replaceChildren(...left.map((words) => make("li", {}, words)));
  element("intake-left").hidden = left.length === 0;
}
