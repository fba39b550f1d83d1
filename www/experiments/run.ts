/** Runs an experiment: every picture of both sides through a detector in workers. */
import type { Info } from "she-ood";
import type { Detector } from "she-ood/worker";
import { type Work, detectorOf } from "./detector";
import { EXPERIMENTS, type Experiment } from "./experiment";
import { MODELS, type Model } from "./classifiers";
import { type Sample, type Side, scoresOf } from "./sample";
import type { FitSettings, Settings } from "./settings";
import { type Picture, type Pictures, labelOf, loadPictures } from "../shared/sheet";

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

interface Judges {
  detector: Detector;
  he: Detector;
  model: Model;
}

export async function run(settings: Settings, options: RunOptions): Promise<Outcome> {
  const experiment: Experiment = EXPERIMENTS[settings.experiment];
  const model: Model = MODELS[experiment.model];
  return holding(detectorOf(model, settings.fit, options), (detector) =>
    holding(detectorOf(model, heOf(model), options), async (he) => {
      options.onDetector(detector.info);
      options.onProgress("Loading the pictures");
      const jobs = await jobsOf(experiment, options.signal);
      const samples = await scored(jobs, { detector, he, model }, options);
      return {
        settings,
        info: detector.info,
        samples: samples.sort((a, b) => a.side.localeCompare(b.side)),
      };
    }),
  );
}

/** HE as the paper has it, to compare with: on the last layer. */
function heOf({ layers }: Model): FitSettings {
  return { preset: "hopfield", layers: layers.slice(-1) };
}

async function holding<T>(
  making: Promise<Detector>,
  use: (detector: Detector) => Promise<T>,
): Promise<T> {
  const detector = await making;
  try {
    return await use(detector);
  } finally {
    detector.dispose();
  }
}

/** The sides take turns, so that both can be watched. */
async function jobsOf({ id, ood }: Experiment, signal: AbortSignal): Promise<Job[]> {
  const [known, unknown] = await Promise.all(
    [id, ood].map((pictures) => loadPictures(pictures, COUNT, signal)),
  );
  return known!.flatMap((picture, i) => [
    { side: "id", pictures: id, picture },
    { side: "ood", pictures: ood, picture: unknown![i]! },
  ]);
}

async function scored(
  jobs: Job[],
  judges: Judges,
  { signal, onProgress, onSample }: RunOptions,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const waiting = jobs.entries();
  let done = 0;
  const lane = async () => {
    for (const [i, job] of waiting) {
      samples[i] = await sampleOf(job, judges, signal);
      onSample(samples[i]);
      onProgress("Scoring", ++done, jobs.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return samples;
}

async function sampleOf(
  { side, pictures, picture }: Job,
  { detector, he, model }: Judges,
  signal: AbortSignal,
): Promise<Sample> {
  const input = model.input(picture.pixels(), model);
  const [report, other] = await Promise.all([
    detector.score(input, { signal }),
    he.score(input, { signal }),
  ]);
  const { index } = picture;
  const named = { source: pictures.name, index, label: labelOf(pictures, picture.class) };
  return { side, ...named, predicted: report.predicted.label, scores: scoresOf(report, other) };
}
