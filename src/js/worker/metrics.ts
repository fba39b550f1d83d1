import { type Evaluation, scoresIn } from "../metrics.js";
import { module, opened } from "./load.js";

/**
 * The usual figures of the scores of ID and OOD samples, each in any order, as `metrics.evaluate` of `she-ood`, computed in a worker.
 *
 * @throws {@linkcode SheError} `not-finite` for NaN, `input-kind` for what is no array of numbers, `invalid-option` when a side is empty.
 */
export async function evaluate(idScores: ArrayLike<number>, oodScores: ArrayLike<number>): Promise<Evaluation> {
  const scores = [scoresIn(idScores), scoresIn(oodScores)];
  const [pool, figures] = await opened<Evaluation>(await module({}), { name: "evaluate", args: scores }, { workers: 1 });
  pool.close("disposed");
  return figures;
}
