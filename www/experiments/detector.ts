/** The detector that settings ask for: as shipped, or fitted here. */
import type { Layer, LoadProgress } from "she-ood";
import { type Detector, Fitter, Model } from "she-ood/worker";
import { progressInWords } from "../shared/loading";
import { loadPictures } from "../shared/sheet";
import { type Classifier, normalise } from "./classifiers";
import type { FitSettings } from "./settings";

export interface Work {
  signal: AbortSignal;
  /** Whether it is for a run that nobody asked for, which leaves a core to the page. */
  brief: boolean;
  onProgress(phase: string, done?: number, total?: number): void;
}

/** Training pictures of a fit. */
const FIT_COUNT = 500;
/** Fraction of them that is held out for the threshold. */
const HOLD_OUT = 0.2;
/** Pictures read at a time, few enough that the page stays fluid. */
const CHUNK = 50;

export async function makeDetector(
  classifier: Classifier,
  fit: FitSettings | undefined,
  work: Work,
): Promise<Detector> {
  const onProgress = (progress: LoadProgress) => work.onProgress(progressInWords(progress));
  return fit
    ? fitDetector(classifier, fit, work)
    : classifier.load({ signal: work.signal, onProgress, ...(work.brief && { workers: spare() }) });
}

/** Cores besides the page's own, and four at most. */
function spare(): number {
  return Math.min(4, Math.max(1, navigator.hardwareConcurrency - 1));
}

/** The layers that a fit can tap: all but the logits. */
export async function listLayers(classifier: Classifier): Promise<Layer[]> {
  const model = await Model.load(classifier.file, { workers: 1 });
  model.dispose();
  return model.layers.slice(0, -1);
}

async function fitDetector(
  classifier: Classifier,
  fit: FitSettings,
  work: Work,
): Promise<Detector> {
  const { labels, preprocess } = classifier;
  const fitter = await Fitter.create(classifier.file, {
    ...fit,
    labels,
    preprocess,
    holdOut: HOLD_OUT,
    signal: work.signal,
  });
  try {
    await pushPictures(fitter, classifier, work);
    return await fitter.finish({ signal: work.signal });
  } finally {
    fitter.dispose();
  }
}

async function pushPictures(
  fitter: Fitter,
  classifier: Classifier,
  { signal, onProgress }: Work,
): Promise<void> {
  const pictures = await loadPictures(classifier.fit, FIT_COUNT, signal);
  for (let from = 0; from < pictures.length; from += CHUNK) {
    onProgress("Fitting", from, pictures.length);
    const part = pictures.slice(from, from + CHUNK);
    const values = part.map((picture) => normalise(picture.pixels(), classifier));
    const classes = part.map((picture) => picture.class);
    await fitter.pushBatch(concatenate(values), classes, { signal });
  }
}

/** Joins arrays end to end. */
function concatenate(arrays: Float32Array[]): Float32Array {
  const joined = new Float32Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const array of arrays) {
    joined.set(array, end);
    end += array.length;
  }
  return joined;
}
