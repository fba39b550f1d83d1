/**
 * Calls on objects in WebAssembly, for the classes of the page and for the threads of
 * `she-ood/worker`.
 */

import { EXPORT, optionsOf } from "../call/options.js";
import type { Bytes } from "../file/response.js";
import type { Info } from "../info.js";
import { pixelsOf, type Rgba } from "../input/pixels.js";
import { isFloats } from "../input/realm.js";
import { oneSample } from "../input/samples.js";
import type { Detector, Fitter, Model, Teacher } from "../she_ood.js";
import type {
  BatchReport,
  Drawable,
  Explanation,
  ExportOptions,
  Features,
  Input,
  Pixels,
  Report,
} from "../types.js";
import { guarded } from "./instance.js";
import { reportOf } from "./report.js";

export function score(detector: Detector, input: Input, info: Info): Report {
  const sample = sampleOf(input, info.inputShape);
  const numbers = guarded(() =>
    isFloats(sample)
      ? detector.score(sample)
      : detector.scoreImage(sample.data, sample.width, sample.height),
  );
  return reportOf(numbers, info);
}

export function scoreBatch(detector: Detector, data: Float32Array): BatchReport {
  return guarded(() => detector.scoreBatch(data) as BatchReport);
}

export function explain(
  detector: Detector,
  input: Input,
  index: number | undefined,
  info: Info,
): Explanation {
  const sample = sampleOf(input, info.inputShape);
  const { report, ...rest } = guarded(() =>
    isFloats(sample)
      ? detector.explain(sample, index)
      : detector.explainImage(sample.data, sample.width, sample.height, index),
  ) as Omit<Explanation, "report"> & { report: Float64Array };
  return { report: reportOf(report, info), ...rest };
}

/** The detector as a plain ONNX graph. */
export function toOnnx(detector: Detector, options?: ExportOptions): Bytes {
  const { taps, preprocess } = optionsOf(options, EXPORT);
  return guarded(() => detector.toOnnx(taps ?? false, preprocess ?? false) as Bytes);
}

/** The pixels of a picture as the model sees it. */
export function preview(
  runner: Detector | Teacher,
  picture: Pixels | Drawable,
): Uint8Array<ArrayBuffer> {
  const { data, width, height } = pixelsOf(picture);
  return guarded(() => runner.preview(data, width, height) as Uint8Array<ArrayBuffer>);
}

export function features(runner: Detector | Model, input: Input, inputShape: number[]): Features {
  return guarded(() => {
    const values = isFloats(input) ? oneSample(input, inputShape) : preprocessed(runner, input);
    return runner.features(values) as Features;
  });
}

/**
 * Features of samples end to end, the class of each, and its number within the class if it is put
 * aside, else 0.
 */
export interface Observed {
  rows: Float32Array;
  classes: Uint32Array;
  probes: Uint32Array;
}

/** Runs the model of a fit on samples laid end to end, or on one picture. */
export function observe(
  fitter: Fitter,
  input: Input,
  classes: Uint32Array<ArrayBuffer>,
  probes: Uint32Array<ArrayBuffer>,
): Observed {
  const rows = guarded(() =>
    fitter.features(isFloats(input) ? input : preprocessed(fitter, input), classes, probes),
  );
  return { rows, classes, probes };
}

/** Makes the detector of these features. */
export function finish(fitter: Fitter, observed: Observed[], idPassRate: number): Detector {
  return guarded(() => {
    pushAll(fitter, observed);
    return fitter.finish(idPassRate);
  });
}

/** Makes the part of these features, with checked options. */
export function part(
  fitter: Fitter,
  observed: Observed[],
  { clip, noise }: { clip?: number; noise?: number },
): Bytes {
  return guarded(() => {
    pushAll(fitter, observed);
    return fitter.part(clip, noise) as Bytes;
  });
}

function pushAll(fitter: Fitter, observed: Observed[]): void {
  for (const { rows, classes, probes } of observed) fitter.pushFeatures(rows, classes, probes);
}

/** The features of an input, and how many milliseconds they took. */
export interface Seen {
  features: Float32Array;
  timings: Report["timings"];
}

/** Runs the model of a teacher on one sample. */
export function see(teacher: Teacher, input: Input, inputShape: number[]): Seen {
  const sample = sampleOf(input, inputShape);
  return guarded(() => {
    const start = performance.now();
    const values = isFloats(sample)
      ? sample
      : teacher.preprocess(sample.data, sample.width, sample.height);
    const ready = performance.now();
    const features = teacher.features(values);
    const timings = { image: ready - start, model: performance.now() - ready, she: 0 };
    return { features, timings };
  });
}

/** The report of a teacher on features, which `info` describes. */
export function judge(teacher: Teacher, { features, timings }: Seen, info: Info): Report {
  const start = performance.now();
  const report = reportOf(
    guarded(() => teacher.score(features)),
    info,
  );
  return { ...report, timings: { ...timings, she: performance.now() - start } };
}

/** Values in the model's own shape, or the pixels of a picture. */
function sampleOf(input: Input, inputShape: number[]): Float32Array | Rgba {
  return isFloats(input) ? oneSample(input, inputShape) : pixelsOf(input);
}

/** The values that a picture becomes. */
function preprocessed(
  runner: Pick<Detector, "preprocess">,
  picture: Exclude<Input, Float32Array>,
): Float32Array {
  const { data, width, height } = pixelsOf(picture);
  return runner.preprocess(data, width, height);
}
