import { scoresOf } from "./input/scores.js";
import { evaluate as wasmEvaluate } from "./she_ood.js";
import { guarded } from "./wasm/instance.js";
import { wasmReady } from "./wasm/ready.js";

/**
 * How well scores tell OOD samples from ID ones. All but the counts are shares, 0 to 1; OOD is the
 * positive class.
 */
export interface Evaluation {
  /** Number of ID scores. */
  id: number;
  /** Number of OOD scores. */
  ood: number;
  /**
   * Area under the ROC curve: the chance that an OOD sample scores above an ID sample, ties counted
   * by half.
   */
  auroc: number;
  /**
   * Its 95 % confidence interval by DeLong et al. (1988) on the logit scale, which is exact where
   * all pairs of scores are ordered alike; `null` when a side has one score.
   */
  aurocInterval: [number, number] | null;
  /** Average precision with ID as the positive class. */
  auprIn: number;
  /** Average precision with OOD as the positive class. */
  auprOut: number;
  /** FPR95, OOD positive: the share of ID samples flagged when 95 % of the OOD samples are. */
  fprIdAtTpr95Ood: number;
  /** FPR95, ID positive: the share of OOD samples that pass when 95 % of the ID samples do. */
  fprOodAtTpr95Id: number;
  /**
   * The largest share of correct decisions over all thresholds, ID and OOD samples counted alike.
   */
  detectionAccuracy: number;
  /**
   * The ROC curve from nothing flagged to everything: scores from `thresholds[i]` on flag `fpr[i]`
   * of ID and `tpr[i]` of OOD. The thresholds are Infinity, then the scores themselves, falling.
   */
  roc: { thresholds: Float64Array; fpr: Float64Array; tpr: Float64Array };
}

/**
 * The usual figures of the scores of ID and OOD samples, each in any order. Exact: every threshold
 * is looked at, samples of equal score are on the same side of each, and no score is rounded.
 * Higher scores are more out-of-distribution; infinite ones are allowed.
 *
 * ```js
 * const [id, ood] = [await detector.scoreBatch(known), await detector.scoreBatch(unknown)];
 * const { auroc } = await metrics.evaluate(id.scores, ood.scores);
 * ```
 *
 * Loads the WebAssembly if no detector has done so before.
 *
 * @param idScores An array, a typed array or an object like one. BigInts are refused:
 * `Number(score)` converts them.
 * @param oodScores Likewise.
 * @throws {@linkcode SheError} `not-finite` for NaN, `input-kind` for anything but an array of
 * numbers, with the index of the first other value, `invalid-option` when a side is empty,
 * `load-failed` when the WebAssembly cannot be fetched.
 */
export async function evaluate(
  idScores: ArrayLike<number>,
  oodScores: ArrayLike<number>,
): Promise<Evaluation> {
  const [id, ood] = scoresOf(idScores, oodScores);
  await wasmReady({});
  return guarded(() => wasmEvaluate(id, ood) as Evaluation);
}
