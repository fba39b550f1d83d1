/** Asks a detector for what the page shows of a picture. */
import type { Explanation, Input, Report } from "she-ood";
import type { Detector } from "she-ood/worker";

/** What is visible beside the report, and so is asked for. */
export interface Wanted {
  explanation: boolean;
  features: boolean;
}

export interface Reply {
  report: Report;
  explanation: Explanation | undefined;
  /** Of the last layer. */
  features: Float32Array | undefined;
  /** The picture as the network sees it, unless the input is that already. */
  seen: ImageData | undefined;
}

export async function ask(
  detector: Detector,
  input: Input,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Reply> {
  const explaining = wanted.explanation ? detector.explain(input, { signal }) : undefined;
  // An explanation holds the report.
  const [report, explanation, features, seen] = await Promise.all([
    explaining?.then(({ report }) => report) ?? detector.score(input, { signal }),
    explaining,
    wanted.features ? detector.features(input, { signal }) : undefined,
    input instanceof Float32Array ? undefined : detector.preview(input, { signal }),
  ]);
  return { report, explanation, features: features?.layers.at(-1)?.features, seen };
}
