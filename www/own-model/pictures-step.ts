/** Second step: a folder of pictures for each class, and the settings of the fit. */

import { element, say, write } from "../shared/dom";
import { onChoose, onDrop } from "../shared/drop";
import { classesFor, type Folders, leftOut, sortFolders } from "../shared/folders";
import { Latest } from "../shared/latest";
import { chosenFiles, droppedFiles, type Placed } from "../shared/tree";
import { messageOf, plural } from "../shared/words";
import { checkClasses, chosenOutputs, listClasses } from "./classes";
import type { Classifier } from "./classifier";
import { examplePictures } from "./example";
import type { Layered } from "./model-step";
import { followNormalisation, offerNormalisations } from "./normalisation";
import { makePlan, type Plan } from "./plan";
import { outlook, suggestSettings } from "./settings";
import { openStep } from "./step";

/** Fewer pictures than this a class make a poor detector. */
const FEW = 20;

const NO_PICTURES =
  "There are no pictures in folders here. Choose a folder with one folder per class, " +
  "each with PNG, JPEG, GIF, WebP or BMP files.";

const EXAMPLE = "Our example: 500 of the pictures that its model was trained on.";

export class PicturesStep {
  readonly #done: (plan: Plan | undefined) => void;
  #layered: Layered | undefined;
  #listed: Classifier | undefined;
  #folders: Folders | undefined;
  readonly #reading = new Latest(
    () => {},
    (error) => {
      write("pictures-status", "");
      say("pictures-error", `The folder could not be read: ${messageOf(error)}`);
    },
  );

  constructor(done: (plan: Plan | undefined) => void) {
    this.#done = done;
    onChoose(element<HTMLInputElement>("pictures-folder"), (files) =>
      this.#read(async () => chosenFiles(files)),
    );
    onDrop(element("pictures-zone"), (data) => {
      // The list is empty after the event.
      const files = droppedFiles(data);
      this.#read(() => files);
    });
    element("pictures-example").onclick = () => this.#read(examplePictures, EXAMPLE);
    followNormalisation(() => this.#layered?.classifier.channels ?? 3);
    element("settings").addEventListener("input", () => this.#plan());
  }

  /** Takes the model and layers, or that there are none. */
  take(layered: Layered | undefined): void {
    this.#layered = layered;
    openStep("pictures", layered !== undefined);
    if (layered && layered.classifier !== this.#listed) this.#offer(layered.classifier);
    element("aggregator-setting").hidden = (layered?.layers.length ?? 0) < 2;
    this.#plan();
  }

  /** Takes another output for each folder. */
  reorder(outputs: number[]): void {
    element("classes")
      .querySelectorAll("input")
      .forEach((input, i) => {
        input.value = `${outputs[i]}`;
      });
    this.#plan();
  }

  #offer(classifier: Classifier): void {
    this.#listed = classifier;
    offerNormalisations(classifier);
    this.#list();
  }

  #read(open: (signal: AbortSignal) => Promise<Placed[]>, note = ""): void {
    this.#forget();
    void this.#reading.replace(async (signal) => {
      const folders = await sortFolders(await open(signal));
      return () => {
        write("pictures-status", "");
        this.#show(folders, note);
      };
    });
  }

  #forget(): void {
    this.#folders = undefined;
    this.#plan();
    for (const id of ["pictures-error", "pictures-note"]) say(id);
    element("pictures-found").hidden = true;
    write("pictures-status", "Reading the folders …");
  }

  #show(folders: Folders, note: string): void {
    const total = folders.classes.reduce((sum, { files }) => sum + files.length, 0);
    if (folders.others.length > 0) say("pictures-error", leftOut(folders.others));
    if (total === 0) {
      say("pictures-error", NO_PICTURES);
      return;
    }
    this.#folders = folders;
    write(
      "pictures-status",
      `${plural(total, "picture")} in ${plural(folders.classes.length, "folder")}.`,
    );
    say("pictures-note", note);
    suggestSettings(total < FEW * folders.classes.length);
    element("pictures-found").hidden = false;
    this.#list();
  }

  #list(): void {
    if (this.#folders && this.#layered) {
      const { outputs } = this.#layered.classifier;
      listClasses(classesFor(this.#folders, outputs), outputs, () => this.#plan());
    }
    this.#plan();
  }

  /** Tells what is to be fitted, as far as all is right. */
  #plan(): void {
    this.#done(
      this.#folders && this.#layered ? this.#checked(this.#layered, this.#folders) : undefined,
    );
  }

  #checked({ classifier, layers }: Layered, folders: Folders): Plan | undefined {
    const classes = classesFor(folders, classifier.outputs);
    if (!checkClasses(classes, classifier.outputs)) return undefined;
    try {
      const plan = makePlan(classifier, layers, classes, chosenOutputs());
      const { words, enough } = outlook(classes, plan.settings);
      write("outlook", words);
      element("outlook").classList.toggle("warning", !enough);
      say("settings-error");
      return plan;
    } catch (error) {
      say("settings-error", messageOf(error));
      return undefined;
    }
  }
}
