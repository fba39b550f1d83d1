import { scoresOf } from "../input/scores.js";
import type { Evaluation } from "../metrics.js";
import { openPool, wasmModule } from "./load.js";

/**
 * The usual figures of the scores of ID and OOD samples, each in any order, as `metrics.evaluate`
 * of `she-ood`, computed in a worker.
 *
 * @throws {@linkcode SheError} as there, and when no worker can be started.
 */
export async function evaluate(
  idScores: ArrayLike<number>,
  oodScores: ArrayLike<number>,
): Promise<Evaluation> {
  const args = scoresOf(idScores, oodScores);
  const setup = { name: "evaluate", args };
  const [pool, figures] = await openPool<Evaluation>(await wasmModule({}), setup, { workers: 1 });
  pool.close("disposed");
  return figures;
}
