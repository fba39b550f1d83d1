import { checkAborted } from "../call/abort.js";
import { EXPLAIN, optionsOf } from "../call/options.js";
import { madeByNew } from "../error.js";
import { hashModel } from "../file/hash.js";
import { loadFile } from "../file/kept.js";
import { LOAD, type LoadOptions, type Source } from "../file/source.js";
import { classIndex } from "../fit/classes.js";
import type { Info } from "../info.js";
import { Scorer as WasmScorer } from "../she_ood_scorer.js";
import type { BatchReport, ExplainOptions, Explanation, Report } from "../types.js";
import type { Held } from "../wasm/lone.js";
import { reportOf } from "../wasm/report.js";
import { rowsOf, type ScorerInput } from "./features.js";
import { instance } from "./instance.js";

/**
 * A detector without its model: gives the verdict on what another runtime computed. It reads the
 * same file as `Detector`, and gives the same reports for the same features.
 *
 * ```js
 * import { Scorer } from "she-ood/scorer";
 *
 * const scorer = await Scorer.load("/models/cifar10.onnx");
 * const { logits, ...layers } = await session.run({ input });
 * const report = scorer.score({ logits, layers });
 * ```
 *
 * It holds WebAssembly memory: call {@linkcode Scorer.dispose} when done, or declare it with
 * `using`.
 */
export class Scorer {
  /** The detector's layers, patterns and settings. */
  readonly info: Info;
  readonly #held: Held<WasmScorer>;

  private constructor(wasm: WasmScorer) {
    if (!(wasm instanceof WasmScorer)) throw madeByNew(new.target);
    this.#held = instance.hold(wasm);
    this.info = instance.guarded(() => wasm.info() as Info);
  }

  /**
   * Loads a detector file. The WebAssembly and the file are fetched side by side. The model in the
   * file is hashed, to tell damage, and not kept.
   *
   * @throws {@linkcode SheError} `load-failed` when something cannot be fetched; `invalid-model` or
   * `too-large` for the file; `not-a-detector`, `detector-version`, `invalid-detector`,
   * `not-finite`, `patterns-mismatch`, `unknown-class` or `invalid-option` for the metadata;
   * `input-kind`. The signal's reason when aborted.
   */
  static async load(source: Source, options?: LoadOptions): Promise<Scorer> {
    const given = optionsOf(options, LOAD);
    const started = instance.ready(given);
    const file = loadFile(source, "the detector", given, async (bytes) => {
      const [hash] = await Promise.all([hashModel(bytes), started]);
      given.onProgress?.({ phase: "compile", loaded: 0 });
      checkAborted(given.signal);
      return new Scorer(instance.guarded(() => WasmScorer.load(bytes, ...hash)));
    });
    const [scorer] = await Promise.all([file, started]);
    given.onProgress?.({ phase: "ready", loaded: 0 });
    return scorer;
  }

  /**
   * Scores one sample. Its timings are 0 for picture and model, which ran elsewhere.
   *
   * @throws {@linkcode SheError} `patterns-mismatch` for other layers or features than the
   * detector's, `invalid-option` for logits of another number or kind and for values whose channels
   * are elsewhere, `input-shape`, `input-length`, `not-finite`, `input-kind` or `disposed`.
   */
  score(input: ScorerInput): Report {
    const start = performance.now();
    const { logits, layers, shapes } = rowsOf(input, this.info, 1);
    const numbers = instance.guarded(() => this.#held.object.score(logits, layers, shapes));
    return this.#report(numbers, start);
  }

  /**
   * Scores a batch: logits and layers with a leading dimension that counts samples.
   *
   * @throws {@linkcode SheError} as {@linkcode Scorer.score}.
   */
  scoreBatch(input: ScorerInput): BatchReport {
    const { count, logits, layers, shapes } = rowsOf(input, this.info);
    return instance.guarded(
      () => this.#held.object.scoreBatch(count, logits, layers, shapes) as BatchReport,
    );
  }

  /**
   * Scores one sample and shows where its similarity to a class comes from: which features, and
   * which places of a feature map for layers that were not pooled before.
   *
   * @throws {@linkcode SheError} `unknown-class` for a class that the detector does not have,
   * `invalid-option` for one without a pattern, else as {@linkcode Scorer.score}.
   */
  explain(input: ScorerInput, options?: ExplainOptions): Explanation {
    const start = performance.now();
    const { class: index } = optionsOf(options, EXPLAIN);
    const wanted = index === undefined ? undefined : classIndex(index);
    const { logits, layers, shapes } = rowsOf(input, this.info, 1);
    const { report, ...rest } = instance.guarded(() =>
      this.#held.object.explain(logits, layers, shapes, wanted),
    ) as Omit<Explanation, "report"> & { report: Float64Array };
    return { report: this.#report(report, start), ...rest };
  }

  /**
   * Scores of the held-out samples that set the threshold, ascending.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  calibration(): Float32Array {
    return instance.guarded(() => this.#held.object.calibration());
  }

  /** Gives the memory back. The scorer cannot be used afterwards; a second call does nothing. */
  dispose(): void {
    this.#held.free();
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  #report(numbers: ArrayLike<number>, start: number): Report {
    const report = reportOf(numbers, this.info);
    return { ...report, timings: { image: 0, model: 0, she: performance.now() - start } };
  }
}
