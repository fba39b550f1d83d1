/** Second step: a folder of pictures a class, and the settings of the fit. */
import { checkClasses, chosenOutputs, listClasses } from "./classes";
import { element, say, write } from "../shared/dom";
import { onChoose, onDrop } from "./drop";
import { examplePictures } from "./example";
import { type Folders, classesFor, foldersOf, leftOut } from "./folders";
import type { Model } from "./classifier";
import type { Layered } from "./model-step";
import { followNormalisation, offerNormalisations } from "./normalisation";
import { type Plan, planOf } from "./plan";
import { outlook, suit } from "./settings";
import { open } from "./step";
import { type Placed, chosen, dropped } from "./tree";
import { plural } from "../shared/words";

/** Fewer pictures than this a class make a poor detector. */
const FEW = 20;

const EXAMPLE = "These are our example's: 500 of the pictures that its model was trained on.";

export class PicturesStep {
  readonly #done: (plan: Plan | undefined) => void;
  #layered: Layered | undefined;
  #listed: Model | undefined;
  #folders: Folders | undefined;
  #turn = 0;

  constructor(done: (plan: Plan | undefined) => void) {
    this.#done = done;
    onChoose(
      element<HTMLInputElement>("pictures-folder"),
      (files) => void this.#take(Promise.resolve(chosen(files))),
    );
    onDrop(element("pictures-zone"), (data) => void this.#take(dropped(data)));
    element("pictures-example").onclick = () => void this.#take(examplePictures(), EXAMPLE);
    followNormalisation(() => this.#layered?.model.channels ?? 3);
    element("settings").addEventListener("input", () => this.#plan());
  }

  /** Takes the model and layers, or that there are none. */
  take(layered: Layered | undefined): void {
    this.#layered = layered;
    open("pictures", layered !== undefined);
    if (layered && layered.model !== this.#listed) this.#newModel(layered.model);
    element("aggregator-setting").hidden = (layered?.layers.length ?? 0) < 2;
    this.#plan();
  }

  /** Takes another output for each folder. */
  reorder(outputs: number[]): void {
    element("classes")
      .querySelectorAll("input")
      .forEach((input, i) => (input.value = `${outputs[i]}`));
    this.#plan();
  }

  #newModel(model: Model): void {
    this.#listed = model;
    offerNormalisations(model);
    this.#list();
  }

  async #take(files: Promise<Placed[]>, note = ""): Promise<void> {
    const turn = ++this.#turn;
    this.#forget();
    const folders = await files.then(foldersOf).catch((error: Error) => error);
    if (turn !== this.#turn) return;
    write("pictures-status", "");
    if (folders instanceof Error)
      return say("pictures-error", `The folder could not be read: ${folders.message}`);
    this.#show(folders, note);
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
    if (total === 0)
      return say(
        "pictures-error",
        "There are no pictures in folders here: one folder a class is needed, with PNG, JPEG, GIF, WebP or BMP files in it.",
      );
    this.#folders = folders;
    write(
      "pictures-status",
      `${plural(total, "picture")} in ${plural(folders.classes.length, "folder")}.`,
    );
    say("pictures-note", note);
    suit(total < FEW * folders.classes.length);
    element("pictures-found").hidden = false;
    this.#list();
  }

  #list(): void {
    if (this.#folders && this.#layered) {
      const { outputs } = this.#layered.model;
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

  #checked({ model, layers }: Layered, folders: Folders): Plan | undefined {
    const classes = classesFor(folders, model.outputs);
    if (!checkClasses(classes, model.outputs)) return undefined;
    try {
      const plan = planOf(model, layers, classes, chosenOutputs());
      const { words, enough } = outlook(classes, plan.settings);
      write("outlook", words);
      element("outlook").classList.toggle("warning", !enough);
      say("settings-error");
      return plan;
    } catch (error) {
      say("settings-error", (error as Error).message);
      return undefined;
    }
  }
}
