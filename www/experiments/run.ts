/** Runs an experiment: scores every picture of both sides in workers. */
import type { Info } from "she-ood";
import type { Detector } from "she-ood/worker";
import { at } from "../shared/at";
import { labelOf, loadPictures, type Picture, type Pictures } from "../shared/sheet";
import { CLASSIFIERS, type Classifier } from "./classifiers";
import { makeDetector, type Work } from "./detector";
import { EXPERIMENTS, type Experiment } from "./experiment";
import { type Sample, type Side, scoresOf } from "./sample";
import type { FitSettings, Settings } from "./settings";

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

/** The detector of the settings, HE to compare with, and what both run on. */
interface Contest {
  detector: Detector;
  he: Detector;
  classifier: Classifier;
}

export async function run(settings: Settings, options: RunOptions): Promise<Outcome> {
  const experiment: Experiment = EXPERIMENTS[settings.experiment];
  const classifier: Classifier = CLASSIFIERS[experiment.classifier];
  const detector = await makeDetector(classifier, settings.fit, options);
  try {
    const he = await makeDetector(classifier, heSettings(classifier), options);
    try {
      options.onDetector(detector.info);
      options.onProgress("Loading the pictures");
      const jobs = await listJobs(experiment, options.signal);
      const samples = await scoreAll(jobs, { detector, he, classifier }, options);
      return { settings, info: detector.info, samples: sortBySide(samples) };
    } finally {
      he.dispose();
    }
  } finally {
    detector.dispose();
  }
}

/** HE as in the paper: on the last layer. */
function heSettings({ layers }: Classifier): FitSettings {
  return { preset: "hopfield", layers: layers.slice(-1) };
}

function sortBySide(samples: Sample[]): Sample[] {
  return samples.sort((a, b) => a.side.localeCompare(b.side));
}

/** Both sides in turns, so that both can be watched. */
async function listJobs({ id, ood }: Experiment, signal: AbortSignal): Promise<Job[]> {
  const [known, unknown] = await Promise.all([
    listSide("id", id, signal),
    listSide("ood", ood, signal),
  ]);
  return known.flatMap((job, i) => [job, at(unknown, i)]);
}

async function listSide(side: Side, pictures: Pictures, signal: AbortSignal): Promise<Job[]> {
  const loaded = await loadPictures(pictures, COUNT, signal);
  return loaded.map((picture) => ({ side, pictures, picture }));
}

async function scoreAll(
  jobs: Job[],
  contest: Contest,
  { signal, onProgress, onSample }: RunOptions,
): Promise<Sample[]> {
  const samples: Sample[] = [];
  const waiting = jobs.entries();
  let done = 0;
  const scoreLane = async () => {
    for (const [i, job] of waiting) {
      const sample = await scoreJob(job, contest, signal);
      samples[i] = sample;
      onSample(sample);
      done += 1;
      onProgress("Scoring", done, jobs.length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, scoreLane));
  return samples;
}

async function scoreJob(
  { side, pictures, picture }: Job,
  { detector, he, classifier }: Contest,
  signal: AbortSignal,
): Promise<Sample> {
  const input = classifier.input(picture.pixels(), classifier);
  const [report, heReport] = await Promise.all([
    detector.score(input, { signal }),
    he.score(input, { signal }),
  ]);
  return {
    side,
    source: pictures.name,
    index: picture.index,
    label: labelOf(pictures, picture.class),
    predicted: report.predicted.label,
    scores: scoresOf(report, heReport),
  };
}
