/** A detector that is ready, with all that the page shows of it. */
import type { Explanation, Report } from "she-ood";
import type { Detector } from "she-ood/worker";
import type { Cloud } from "./cloud";
import type { Kind } from "./networks";
import { type Sample, loadSamples } from "./samples";

export interface Opened {
  detector: Detector;
  /** The samples with their verdicts. */
  samples: (Sample & { report: Report })[];
  calibration: Float32Array;
  /** Of any picture: it tells which layers have places. */
  explanation: Explanation;
  /** What it was fitted on, when that has been run. */
  cloud?: Promise<Cloud>;
}

export async function open(kind: Kind): Promise<Opened> {
  const loading = kind.load();
  try {
    const [detector, samples] = await Promise.all([loading, loadSamples(kind)]);
    return await asked(kind, detector, samples);
  } catch (error) {
    // The next try has a detector of its own.
    loading.then((detector) => detector.dispose()).catch(() => undefined);
    throw error;
  }
}

async function asked({ input }: Kind, detector: Detector, samples: Sample[]): Promise<Opened> {
  const [calibration, explanation, ...reports] = await Promise.all([
    detector.calibration(),
    detector.explain(input(samples[0]!.picture)),
    ...samples.map(({ picture }) => detector.score(input(picture))),
  ]);
  return {
    detector,
    samples: samples.map((sample, i) => ({ ...sample, report: reports[i]! })),
    calibration,
    explanation,
  };
}
