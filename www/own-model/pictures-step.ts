/** Second step: a folder of pictures for each class. */

import { element, say, write } from "../shared/dom";
import { type ClassFolder, classesFor, type Folders, leftOut } from "../shared/folders";
import { plural } from "../shared/words";
import { checkClasses, chosenOutputs, listClasses } from "./classes";
import type { Classifier } from "./classifier";
import { type Labels, labelsFault, placeFolders } from "./labels";
import { setStep } from "./step";

/** A model with pictures of its classes. */
export interface Material {
  classifier: Classifier;
  folders: ClassFolder[];
  /** The output of each class folder. */
  outputs: number[];
  /** Names of all outputs, where something says them. */
  labels: Labels | undefined;
}

const NO_PICTURES =
  "There are no pictures in folders here. Choose a folder with one folder per class, " +
  "each with PNG, JPEG, GIF, WebP or BMP files.";

export class PicturesStep {
  readonly #tell: (material: Material | undefined) => void;
  #classifier: Classifier | undefined;
  #folders: Folders | undefined;
  #labels: { name: string; labels: Labels } | undefined;
  /** Whether the outputs are a guess that the visitor has not confirmed. */
  #isGuess = false;

  /** Tells the next step of pictures whose classes are clear, or of none. */
  constructor(tell: (material: Material | undefined) => void) {
    this.#tell = tell;
    element("classes-confirm").onclick = () => {
      this.#isGuess = false;
      this.#check(true);
    };
  }

  /** Takes the model, or that there is none. */
  takeModel(classifier: Classifier | undefined): void {
    this.#classifier = classifier;
    this.#list();
  }

  /** Takes the names of the outputs, from a file. */
  takeLabels(labels: Labels, name: string): void {
    this.#labels = { name, labels };
    this.#list();
  }

  /** Takes pictures in place of those before; `note` says what they are. */
  takePictures(folders: Folders, note = ""): void {
    const total = countPictures(folders.classes);
    this.#folders = total > 0 ? folders : undefined;
    const others = folders.others.length > 0 ? leftOut(folders.others) : "";
    say("pictures-error", total > 0 ? others : NO_PICTURES);
    say("pictures-note", note);
    write("pictures-status", total > 0 ? describe(folders.classes) : "");
    this.#list();
  }

  /** Says that work with the pictures is under way. */
  wait(): void {
    write("pictures-status", "Reading the folders …");
  }

  /** Takes another output for each folder. */
  reorder(outputs: number[]): void {
    element("classes")
      .querySelectorAll("input")
      .forEach((input, i) => {
        input.value = `${outputs[i]}`;
      });
    this.#isGuess = false;
    this.#check(true);
  }

  #list(): void {
    element("pictures-found").hidden = !(this.#folders && this.#classifier);
    if (this.#folders && this.#classifier) {
      const { outputs } = this.#classifier;
      const classes = classesFor(this.#folders, outputs);
      const { places, isGuess } = placeFolders(classes, outputs, this.#fitting());
      this.#isGuess = isGuess;
      write("classes-guess-words", guessInWords(classes.length, outputs));
      listClasses(classes, places, outputs, () => this.#check(true));
    }
    this.#check();
  }

  /** The names of the outputs: from a file, else as the model has them. */
  #fitting(): Labels | undefined {
    if (!this.#classifier) return undefined;
    const { outputs, labels } = this.#classifier;
    const fault = this.#labels && labelsFault(this.#labels.labels, outputs);
    say("labels-note", fault ? `${this.#labels?.name} is not used: ${fault}.` : "");
    const own = labels && !labelsFault(labels, outputs) ? labels : undefined;
    return this.#labels && !fault ? this.#labels.labels : own;
  }

  /** Tells of the pictures, as far as all is right. The table stays open while it is edited. */
  #check(isEdited = false): void {
    const [classifier, folders] = [this.#classifier, this.#folders];
    const classes = classifier && folders ? classesFor(folders, classifier.outputs) : [];
    const isRight = classifier && folders && checkClasses(classes, classifier.outputs);
    element("classes-guess").hidden = !this.#isGuess;
    const isClear = isRight && !this.#isGuess;
    setStep("pictures", isClear ? "done" : classifier ? "open" : "waiting", isEdited);
    this.#tell(
      isClear
        ? { classifier, folders: classes, outputs: chosenOutputs(), labels: this.#fitting() }
        : undefined,
    );
  }
}

function guessInWords(folders: number, outputs: number): string {
  return (
    `The model has ${outputs} outputs, and there ${folders === 1 ? "is" : "are"} ` +
    `${plural(folders, "folder")}. Which output belongs to which folder? The numbers below are ` +
    "guessed from the order of the names. Correct any that are wrong, then confirm."
  );
}

export function countPictures(classes: ClassFolder[]): number {
  return classes.reduce((sum, { files }) => sum + files.length, 0);
}

function describe(classes: ClassFolder[]): string {
  const [pictures, folders] = [
    plural(countPictures(classes), "picture"),
    plural(classes.length, "folder"),
  ];
  return `${pictures} in ${folders}.`;
}
