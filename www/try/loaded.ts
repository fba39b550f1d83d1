/** A network that is ready to score, with all that the page shows of it. */
import type { Explanation, LoadProgress, Report } from "she-ood";
import type { Detector } from "she-ood/worker";
import { at } from "../shared/at";
import { once } from "../shared/once";
import { type Cloud, computeCloud } from "./cloud";
import type { Network } from "./networks";
import { loadSamples, type Sample } from "./samples";

export type ScoredSample = Sample & { report: Report };

export interface Loaded {
  network: Network;
  detector: Detector;
  samples: ScoredSample[];
  calibration: Float32Array;
  /** Of any picture: it tells which layers have places. */
  explanation: Explanation;
  /** Places the pictures that the detector was fitted on, which takes a second or two. */
  cloud(): Promise<Cloud>;
}

/** Milliseconds after which placing has failed. */
const PATIENCE = 60_000;

/** Loads a network and its samples, each once, when first asked. */
export function loaderOf(network: Network, onProgress: (progress: LoadProgress) => void) {
  const samples = once(() => loadSamples(network));
  return { samples, loaded: once(() => loadNetwork(network, samples(), onProgress)) };
}

/** Loads a network's detector, and scores its samples. */
async function loadNetwork(
  network: Network,
  loadingSamples: Promise<Sample[]>,
  onProgress: (progress: LoadProgress) => void,
): Promise<Loaded> {
  const loading = network.load(onProgress);
  try {
    const [detector, samples] = await Promise.all([loading, loadingSamples]);
    return await scoreSamples(network, detector, samples);
  } catch (error) {
    // The next try has a detector of its own.
    loading.then((detector) => detector.dispose()).catch(() => undefined);
    throw error;
  }
}

async function scoreSamples(
  network: Network,
  detector: Detector,
  samples: Sample[],
): Promise<Loaded> {
  const inputs = samples.map(({ picture }) => network.input(picture));
  const [calibration, explanation, ...reports] = await Promise.all([
    detector.calibration(),
    detector.explain(at(inputs, 0)),
    ...inputs.map((input) => detector.score(input)),
  ]);
  return {
    network,
    detector,
    samples: samples.map((sample, i) => ({ ...sample, report: at(reports, i) })),
    calibration,
    explanation,
    cloud: once(() => computeCloud(network, detector, AbortSignal.timeout(PATIENCE))),
  };
}
