/** A network that is ready to score, with all that the page shows of it. */
import type { Explanation, LoadProgress, Report } from "she-ood";
import type { Detector } from "she-ood/worker";
import { at } from "../shared/at";
import { once } from "../shared/once";
import { type Cloud, computeCloud } from "./cloud";
import type { Network } from "./networks";
import { loadSamples, type Sample } from "./samples";

export type ScoredSample = Sample & { report: Report };

/** What a report is seen beside. */
export interface Company {
  samples: ScoredSample[];
  /** Scores of held-out pictures. */
  calibration: Float32Array;
  /** Of any picture: it tells which layers have places. */
  explanation: Explanation;
}

export interface Loaded {
  network: Network;
  detector: Detector;
  /** Scores the samples, for which the first verdict need not wait. */
  company(): Promise<Company>;
  /** Places the pictures that the detector was fitted on, which takes a second or two. */
  cloud(): Promise<Cloud>;
}

/** Milliseconds after which placing has failed. */
const PATIENCE = 60_000;

/** Loads a network and its samples, each once, when first asked. */
export function loaderOf(network: Network, onProgress: (progress: LoadProgress) => void) {
  const samples = once(() => loadSamples(network));
  const loaded = once(async (): Promise<Loaded> => {
    const detector = await network.load(onProgress);
    return {
      network,
      detector,
      company: once(async () => scoreSamples(network, detector, await samples())),
      cloud: once(() => computeCloud(network, detector, AbortSignal.timeout(PATIENCE))),
    };
  });
  return { samples, loaded };
}

async function scoreSamples(
  network: Network,
  detector: Detector,
  samples: Sample[],
): Promise<Company> {
  const inputs = samples.map(({ picture }) => network.input(picture));
  const [calibration, explanation, ...reports] = await Promise.all([
    detector.calibration(),
    detector.explain(at(inputs, 0)),
    ...inputs.map((input) => detector.score(input)),
  ]);
  const scored = samples.map((sample, i) => ({ ...sample, report: at(reports, i) }));
  return { samples: scored, calibration, explanation };
}
