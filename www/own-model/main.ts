/** Joins the steps of the page, and hands each of them what comes in. */
import { Desk } from "./desk";
import { FileStep } from "./file-step";
import { ModelStep } from "./model-step";
import { PicturesStep } from "./pictures-step";
import { ProofStep } from "./proof-step";
import { Setup } from "./setup";
import { followToggles } from "./step";
import { Trial } from "./trial";

const [trial, file] = [new Trial(), new FileStep()];
const proof = new ProofStep({
  fitted(fitted) {
    file.take(fitted);
    trial.take(fitted);
  },
  proven: (verdict) => file.takeVerdict(verdict),
  reorder: (outputs) => pictures.reorder(outputs),
});
const setup = new Setup((plan, isReady) => proof.take(plan, isReady));
const pictures = new PicturesStep((material) => setup.take(material));
const model = new ModelStep((classifier) => pictures.takeModel(classifier));
const desk = new Desk({ model, pictures, setup, strangers: proof.strangers, trial });
followToggles();
desk.listen();
