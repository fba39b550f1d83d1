/** The detector that settings ask for: as shipped, or fitted here. */
import { type Detector, Fitter } from "she-ood/worker";
import type { Layer } from "she-ood";
import { type Model, values } from "./classifiers";
import type { FitSettings } from "./settings";
import { type Picture, loadPictures } from "../shared/sheet";

export interface Work {
  signal: AbortSignal;
  onProgress(phase: string, done?: number, total?: number): void;
}

/** Training pictures of a fit. */
export const FIT_COUNT = 500;
/** The share of them that calibrates the threshold. */
const HELD_OUT = 0.2;
/** Pictures that are read at a time, so that the page stays fluid. */
const CHUNK = 50;

export async function detectorOf(
  model: Model,
  fit: FitSettings | undefined,
  work: Work,
): Promise<Detector> {
  work.onProgress("Loading the detector");
  return fit ? fitted(model, fit, work) : model.load({ signal: work.signal });
}

/** The layers that a fit can tap, all but the logits. */
export async function layersOf(model: Model): Promise<Layer[]> {
  return (await Fitter.layers(model.file)).slice(0, -1);
}

async function fitted(model: Model, fit: FitSettings, work: Work): Promise<Detector> {
  const { classes, preprocess } = model;
  const fitter = await Fitter.create(model.file, {
    ...fit,
    classes,
    preprocess,
    holdOut: HELD_OUT,
    signal: work.signal,
  });
  try {
    await fill(fitter, model, work);
    return await fitter.finish({ signal: work.signal });
  } finally {
    fitter.dispose();
  }
}

async function fill(fitter: Fitter, model: Model, { signal, onProgress }: Work): Promise<void> {
  const pictures = await loadPictures(model.fit, FIT_COUNT, signal);
  for (let from = 0; from < pictures.length; from += CHUNK) {
    onProgress("Fitting", from, pictures.length);
    const part = pictures.slice(from, from + CHUNK);
    await fitter.push(
      endToEnd(part, model),
      part.map((picture) => picture.class),
      { signal },
    );
  }
}

function endToEnd(pictures: Picture[], model: Model): Float32Array {
  const each = pictures.map((picture) => values(picture.pixels(), model));
  const whole = new Float32Array(each.length * each[0]!.length);
  each.forEach((one, i) => whole.set(one, i * one.length));
  return whole;
}
