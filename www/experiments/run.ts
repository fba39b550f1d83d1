/** Runs an experiment: every picture of both sides through a detector in workers. */
import type { Info } from "she-ood";
import type { Detector } from "she-ood/worker";
import { type Work, detectorOf } from "./detector";
import { EXPERIMENTS, type Experiment } from "./experiment";
import { MODELS, type Model } from "./model";
import { type Sample, type Side, scoresOf } from "./sample";
import type { Settings } from "./settings";
import { type Picture, type Pictures, load, nameOf } from "./sheet";

/** Pictures of a side. */
const COUNT = 1000;
/** Calls under way at a time, enough that no worker waits for the page. */
const LANES = 8;

export interface Outcome {
  settings: Settings;
  info: Info;
  /** ID first, each side in the order of its file. */
  samples: Sample[];
}

export interface RunOptions extends Work {
  onDetector(info: Info): void;
  onSample(sample: Sample): void;
}

interface Job {
  side: Side;
  pictures: Pictures;
  picture: Picture;
}

export async function run(settings: Settings, options: RunOptions): Promise<Outcome> {
  const experiment: Experiment = EXPERIMENTS[settings.experiment];
  const model: Model = MODELS[experiment.model];
  const detector = await detectorOf(model, settings.fit, options);
  try {
    options.onDetector(detector.info);
    options.onProgress("Loading the pictures");
    const jobs = await jobsOf(experiment, options.signal);
    const samples = await scored(jobs, detector, model, options);
    return { settings, info: detector.info, samples: samples.sort((a, b) => a.side.localeCompare(b.side)) };
  } finally {
    detector.dispose();
  }
}

/** The sides take turns, so that both can be watched. */
async function jobsOf({ id, ood }: Experiment, signal: AbortSignal): Promise<Job[]> {
  const [known, unknown] = await Promise.all([id, ood].map((pictures) => load(pictures, COUNT, signal)));
  return known!.flatMap((picture, i) => [
    { side: "id", pictures: id, picture },
    { side: "ood", pictures: ood, picture: unknown![i]! },
  ]);
}

async function scored(jobs: Job[], detector: Detector, model: Model, { signal, onProgress, onSample }: RunOptions): Promise<Sample[]> {
  const samples: Sample[] = [];
  const waiting = jobs.entries();
  let done = 0;
  const lane = async () => {
    for (const [i, job] of waiting) {
      samples[i] = await sampleOf(job, detector, model, signal);
      onSample(samples[i]);
      onProgress("Scoring", ++done, jobs.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return samples;
}

async function sampleOf({ side, pictures, picture }: Job, detector: Detector, model: Model, signal: AbortSignal): Promise<Sample> {
  const report = await detector.score(model.input(picture.pixels(), model), { signal });
  const { index, label } = picture;
  const named = { source: pictures.name, index, label: nameOf(pictures, label) };
  return { side, ...named, predicted: report.predicted.label, scores: scoresOf(report) };
}
