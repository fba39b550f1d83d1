/** Joins the steps of the page: a model, pictures, a fit, a trial. */
import { FitStep } from "./fit-step";
import { ModelStep } from "./model-step";
import { PicturesStep } from "./pictures-step";
import { TrialStep } from "./trial-step";

const trial = new TrialStep();
const fit = new FitStep(
  (fitted) => trial.take(fitted),
  (outputs) => pictures.reorder(outputs),
);
const pictures = new PicturesStep((plan) => fit.take(plan));
new ModelStep((layered) => pictures.take(layered));
