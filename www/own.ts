/** Joins the steps of the page: a model, pictures, a fit, a trial. */
import { foldersOf, type Folders } from "./own/folders";
import { checkClasses, chosenOutputs, listClasses } from "./own/classes";
import { copyCode } from "./own/code";
import { element, say, write } from "./own/dom";
import { onChoose, onDrop } from "./own/drop";
import { explained } from "./own/errors";
import { exampleModel, examplePicture, examplePictures } from "./own/example";
import { listLayers, tickedLayers } from "./own/layers";
import { type Model, modelOf, shaped } from "./own/model";
import { followNormalisation, offerNormalisations } from "./own/normalisation";
import { named } from "./own/folders";
import { chosenSettings, outlook, suit } from "./own/settings";
import { open } from "./own/step";
import { Session } from "./own/session";
import { type Placed, chosen, dropped } from "./own/tree";
import { counted } from "./own/words";

let model: Model | undefined;
let folders: Folders | undefined;
const session = new Session();

/** What comes late of an earlier choice is dropped. */
let turn = 0;

async function takeModel(file: Promise<File> | File): Promise<void> {
  const mine = ++turn;
  model = undefined;
  forget("pictures");
  element("model-found").hidden = true;
  say("model-error");
  say("model-status", "Reading the model …");
  try {
    const { name, ...blob } = { name: (await file).name, file: await file };
    const read = await modelOf(blob.file, name);
    if (mine === turn) showModel((model = read));
  } catch (error) {
    if (mine !== turn) return;
    say("model-status");
    say("model-error", explained(error));
  }
}
