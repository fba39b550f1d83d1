import type { Evaluation } from "../metrics.js";
import { scoresOf } from "../scores.js";
import { module, opened } from "./load.js";

/**
 * The usual figures of the scores of ID and OOD samples, each in any order, as `metrics.evaluate`
 * of `she-ood`, computed in a worker.
 *
 * @throws {@linkcode SheError} As there, and what a worker that cannot be started throws.
 */
export async function evaluate(
  idScores: ArrayLike<number>,
  oodScores: ArrayLike<number>,
): Promise<Evaluation> {
  const scores = scoresOf(idScores, oodScores);
  const [pool, figures] = await opened<Evaluation>(
    await module({}),
    { name: "evaluate", args: scores },
    { workers: 1 },
  );
  pool.close("disposed");
  return figures;
}
