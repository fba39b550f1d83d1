/** Runs an experiment: scores every picture of both sides in workers. */
import type { Info } from "she-ood";
import type { Detector } from "she-ood/worker";
import { bytesInWords } from "../shared/loading";
import { labelOf, loadPictures, type Picture, type Pictures } from "../shared/sheet";
import { CLASSIFIERS, type Classifier } from "./classifiers";
import { makeDetector, type Work } from "./detector";
import { EXPERIMENTS, type Experiment } from "./experiment";
import { type Pictured, type Side, scoresOf } from "./sample";
import type { FitSettings, Settings } from "./settings";

/** Most pictures of a side, and of one in a brief run, which leaves out HE as it needs a fit. */
const [COUNT, BRIEF_COUNT] = [1000, 100];
/** Calls under way at a time, enough that no worker waits for the page. */
const LANES = 8;

export interface Outcome {
  settings: Settings;
  info: Info;
  /** ID first, each side in the order of its file. */
  samples: Pictured[];
  /** Whether it was a brief run. */
  brief: boolean;
  /** Milliseconds of scoring. */
  duration: number;
}

export interface RunOptions extends Work {
  onDetector(info: Info): void;
  onSample(sample: Pictured): void;
}

interface Job {
  side: Side;
  pictures: Pictures;
  picture: Picture;
}

/** The detector of the settings, HE to compare with, and what both run on. */
interface Contest {
  detector: Detector;
  he: Detector | undefined;
  classifier: Classifier;
}

export async function run(settings: Settings, options: RunOptions): Promise<Outcome> {
  const experiment: Experiment = EXPERIMENTS[settings.experiment];
  const classifier: Classifier = CLASSIFIERS[experiment.classifier];
  // Side by side, as both wait for the network first.
  const listing = listJobs(experiment, options);
  listing.catch(() => undefined);
  const detector = await makeDetector(classifier, settings.fit, options);
  let he: Detector | undefined;
  try {
    if (!options.brief) he = await makeDetector(classifier, heSettings(classifier), options);
    options.onDetector(detector.info);
    const jobs = await listing;
    const start = performance.now();
    const samples = sortBySide(await scoreAll(jobs, { detector, he, classifier }, options));
    const duration = performance.now() - start;
    return { settings, info: detector.info, samples, brief: options.brief, duration };
  } finally {
    he?.dispose();
    detector.dispose();
  }
}

/** HE as in the paper: on the last layer. */
function heSettings({ layers }: Classifier): FitSettings {
  return { preset: "hopfield", layers: layers.slice(-1) };
}

function sortBySide(samples: Pictured[]): Pictured[] {
  return samples.sort((a, b) => a.side.localeCompare(b.side));
}

/** Both sides in turns while both last, so that both can be watched. */
async function listJobs({ id, ood }: Experiment, options: RunOptions): Promise<Job[]> {
  const [known, unknown] = await Promise.all([
    listSide("id", id, options),
    listSide("ood", ood, options),
  ]);
  const turns = Array.from({ length: Math.max(known.length, unknown.length) }, (_, i) => i);
  return turns.flatMap((i) => [known[i], unknown[i]].filter((job) => job !== undefined));
}

async function listSide(
  side: Side,
  pictures: Pictures,
  { brief, signal, onProgress }: RunOptions,
): Promise<Job[]> {
  const loaded = await loadPictures(pictures, brief ? BRIEF_COUNT : COUNT, signal, (...bytes) =>
    onProgress(`Loading pictures: ${bytesInWords(...bytes)}`),
  );
  return loaded.map((picture) => ({ side, pictures, picture }));
}

async function scoreAll(
  jobs: Job[],
  contest: Contest,
  { signal, onProgress, onSample }: RunOptions,
): Promise<Pictured[]> {
  const samples: Pictured[] = [];
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
): Promise<Pictured> {
  const input = classifier.input(picture.pixels(), classifier);
  const [report, heReport] = await Promise.all([
    detector.score(input, { signal }),
    he?.score(input, { signal }),
  ]);
  return {
    side,
    source: pictures.name,
    index: picture.index,
    label: labelOf(pictures, picture.class),
    predicted: report.predicted.label,
    scores: scoresOf(report, heReport),
    report,
    pixels: () => picture.pixels(),
  };
}
