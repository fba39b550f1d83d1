import { beside } from "../beside.js";
import type { Evaluation } from "../metrics.js";
import { wasmModule } from "../module.js";
import { Pool } from "./pool.js";

/**
 * The usual figures of the scores of ID and OOD samples, each in any order, as `metrics.evaluate` of `she-ood`, computed in a worker.
 *
 * @throws {@linkcode SheError} `not-finite` for NaN, `invalid-option` when a side is empty.
 */
export async function evaluate(idScores: ArrayLike<number>, oodScores: ArrayLike<number>): Promise<Evaluation> {
  const scores = [Float32Array.from(idScores), Float32Array.from(oodScores)];
  const [pool] = await Pool.open([{ name: "init", args: [await wasmModule({}, beside)] }], { workers: 1 });
  try {
    return await pool.call({ name: "evaluate", args: scores });
  } finally {
    pool.close("disposed");
  }
}
