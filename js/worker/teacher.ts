import { unlessAborted } from "../call/abort.js";
import { optionsOf, SIGNAL } from "../call/options.js";
import type { Source } from "../file/source.js";
import { withoutLoading } from "../fit/options.js";
import { imageOf } from "../input/pixels.js";
import {
  copiedFeatures,
  Examples,
  idOf,
  type Lesson,
  labelOf,
  nothingScored,
  teach,
} from "../teach/lessons.js";
import { featureCount, TEACHER, TEACHING } from "../teach/options.js";
import type {
  Example,
  TaughtExample,
  TeacherInfo,
  TeacherOptions,
  TeachingOptions,
} from "../teach/types.js";
import type { Drawable, Input, Pixels, Report } from "../types.js";
import type { Seen } from "../wasm/calls.js";
import type { Call } from "./link.js";
import {
  limitsOf,
  load,
  openPool,
  timeout,
  type WorkerOptions,
  wasmModule,
  withoutCrew,
} from "./load.js";
import type { Pool } from "./pool.js";
import { Remote } from "./remote.js";

/**
 * Learns classes from a few examples each, and says "none of these" to everything else, as
 * `Teacher` of `she-ood`, but in a web worker: the page stays fluid, and every call returns a
 * promise.
 *
 * ```js
 * import { Teacher } from "she-ood/worker";
 *
 * const teacher = await Teacher.create("backbone.onnx");
 * const example = await teacher.add("mug", video);
 * const { verdict, predicted } = await teacher.score(video);
 * await teacher.forget(example.id);
 * teacher.dispose();
 * ```
 *
 * It has one worker, which takes calls in turn: each sees what those before it have taught. The
 * page's side keeps the examples, so a crashed worker loses none.
 */
export class Teacher extends Remote {
  readonly #examples: Examples;
  #info: TeacherInfo;
  /** Features of the input scored last. */
  #last: Float32Array | undefined;
  /** Settles when the calls so far have taken their turns. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(pool: Pool, info: TeacherInfo, examples: Examples) {
    super(pool, info?.inputShape);
    this.#info = info;
    this.#examples = examples;
  }

  /**
   * Begins to teach. `model` may be a detector file too; only its model is used.
   *
   * @throws {@linkcode SheError} as `Teacher.create` of `she-ood`.
   */
  static async create(
    model: Source,
    options?: TeacherOptions & Omit<WorkerOptions, "workers">,
  ): Promise<Teacher> {
    const { examples: given, ...rest } = optionsOf(options, { ...TEACHER, timeout });
    const [own, examples] = [withoutLoading(withoutCrew(rest)), new Examples(given)];
    const limits = limitsOf(rest);
    return load(model, "the model", rest, (module, file, options) => {
      // A worker that starts later receives the examples kept by then.
      const setup = { name: "begin", args: [file, own, examples.kept, ...limits] };
      return Teacher.#open(module, setup, options, examples);
    });
  }

  /**
   * Begins to teach without a model, from features that something else computes: embeddings of
   * texts or sounds, `size` numbers each.
   *
   * @throws {@linkcode SheError} as `Teacher.ofFeatures` of `she-ood`.
   */
  static async ofFeatures(
    size: number,
    options?: TeachingOptions & Pick<WorkerOptions, "onProgress" | "signal" | "timeout">,
  ): Promise<Teacher> {
    const { examples: given, ...rest } = optionsOf(options, { ...TEACHING, timeout });
    const [own, examples] = [withoutLoading(withoutCrew(rest)), new Examples(given)];
    const setup = { name: "beginWithout", args: [featureCount(size), own, examples.kept] };
    return Teacher.#open(await wasmModule(rest), setup, rest, examples);
  }

  static async #open(
    module: WebAssembly.Module,
    setup: Call,
    options: WorkerOptions,
    examples: Examples,
  ): Promise<Teacher> {
    const one = { ...options, workers: 1 };
    return new Teacher(...(await openPool<TeacherInfo>(module, setup, one)), examples);
  }

  /** What has been taught by the calls that have settled. */
  get info(): TeacherInfo {
    void this.pool;
    return this.#info;
  }

  /**
   * Adds an example of a class, which exists from its first example on: a `Float32Array` in the
   * shape `info.inputShape`, or a picture of any size, which may be a `Blob` or
   * `File`.
   *
   * A label is any text with a visible character; `"mug"` and `"Mug"` are two classes.
   *
   * @throws {@linkcode SheError} as `add` of `she-ood`; `internal` when the worker crashes,
   * `timeout` when it takes too long; the signal's reason when aborted.
   */
  async add(
    label: string,
    input: Input | Blob,
    options?: { signal?: AbortSignal },
  ): Promise<Example> {
    const [name, given] = [labelOf(label), optionsOf(options, SIGNAL)];
    const seen = this.ask<Seen>(given, "see", input);
    return this.#inTurn(seen, ({ features }) => this.#add(name, features), given);
  }

  /**
   * Adds an example by its features, of which there must be `info.size`.
   *
   * @throws {@linkcode SheError} as `addFeatures` of `she-ood`.
   */
  async addFeatures(label: string, features: Float32Array): Promise<Example> {
    const [name, own] = [labelOf(label), copiedFeatures(features)];
    return this.#inTurn(undefined, () => this.#add(name, own));
  }

  /**
   * Takes back an example. A class without any left is gone.
   *
   * @throws {@linkcode SheError} as `forget` of `she-ood`.
   */
  async forget(id: number): Promise<void> {
    return this.#teach(["forget", idOf(id)]);
  }

  /**
   * Makes an example one of another class, which may be new.
   *
   * @throws {@linkcode SheError} as `move` of `she-ood`.
   */
  async move(id: number, label: string): Promise<void> {
    return this.#teach(["move", idOf(id), labelOf(label)]);
  }

  /**
   * Gives a class another name, which no class has. To join two classes, `move` the examples.
   *
   * @throws {@linkcode SheError} as `rename` of `she-ood`.
   */
  async rename(label: string, name: string): Promise<void> {
    return this.#teach(["rename", labelOf(label), labelOf(name, "name")]);
  }

  /**
   * Removes a class with all of its examples.
   *
   * @throws {@linkcode SheError} as `remove` of `she-ood`.
   */
  async remove(label: string): Promise<void> {
    return this.#teach(["remove", labelOf(label)]);
  }

  /**
   * Scores one sample, given as for {@linkcode Teacher.add}: what an element shows at the time of
   * the call. The verdict is `unsure` while `info.needed` is above 0.
   *
   * @throws {@linkcode SheError} as `score` of `she-ood`; `internal` when the worker crashes,
   * `timeout` when it takes too long; the signal's reason when aborted.
   */
  async score(input: Input | Blob, options?: { signal?: AbortSignal }): Promise<Report> {
    const given = optionsOf(options, SIGNAL);
    const seen = this.ask<Seen>(given, "see", input);
    return this.#inTurn(seen, (seen) => this.#judge(seen, given), given);
  }

  /**
   * Scores one sample by its features, of which there must be `info.size`.
   *
   * @throws {@linkcode SheError} as `scoreFeatures` of `she-ood`.
   */
  async scoreFeatures(features: Float32Array): Promise<Report> {
    const timings = { image: 0, model: 0, she: 0 };
    const seen = { features: copiedFeatures(features), timings };
    return this.#inTurn(undefined, () => this.#judge(seen));
  }

  /**
   * The picture as the backbone sees it: framed and resized to its input's own size, before it is
   * normalised. A gray input is shown in gray.
   *
   * @throws {@linkcode SheError} as `preview` of `she-ood`; `internal` when the worker crashes,
   * `timeout` when it takes too long.
   */
  async preview(
    picture: Pixels | Drawable | Blob,
    options?: { signal?: AbortSignal },
  ): Promise<ImageData> {
    return imageOf(await this.ask(options, "preview", picture), this.info.preprocess);
  }

  /**
   * "That was wrong: it is a …". Adds the sample of the last report as an example of this class,
   * without running the model again.
   *
   * @throws {@linkcode SheError} as `correct` of `she-ood`.
   */
  async correct(label: string): Promise<Example> {
    void this.pool;
    const [name, last] = [labelOf(label), this.#last];
    if (!last) throw nothingScored();
    this.#last = undefined;
    return this.#inTurn(undefined, () => this.#add(name, last)).catch((error) => {
      this.#last ??= last;
      throw error;
    });
  }

  /**
   * All examples by their features, to keep them without the pictures: another teacher of the same
   * model takes them as `examples`.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  async examples(): Promise<TaughtExample[]> {
    return this.#inTurn(undefined, async () => {
      void this.pool;
      return this.#examples.copies();
    });
  }

  /**
   * The detector of what has been taught so far as a file, for {@linkcode Detector.load} and any
   * ONNX runtime.
   *
   * @throws {@linkcode SheError} as `toBytes` of `she-ood`.
   */
  async toBytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.#inTurn(undefined, () => this.pool.call({ name: "taught", args: [] }));
  }

  /**
   * Ends its worker at once and rejects its calls with `disposed`. A second call does nothing.
   */
  override dispose(): void {
    super.dispose();
    this.#examples.kept.clear();
    this.#last = undefined;
  }

  #teach(lesson: Lesson): Promise<void> {
    return this.#inTurn(undefined, () => this.#give(lesson));
  }

  async #add(label: string, features: Float32Array): Promise<Example> {
    const id = this.#examples.nextId();
    await this.#give(["add", id, label, features]);
    return { id, label };
  }

  async #give(lesson: Lesson): Promise<void> {
    this.#info = await this.pool.call({ name: "teach", args: [lesson] });
    teach(this.#examples, lesson);
  }

  async #judge(seen: Seen, options?: { signal?: AbortSignal }): Promise<Report> {
    const call = { name: "judge", args: [seen] };
    const report = await this.pool.call<Report>(call, options?.signal);
    this.#last = seen.features;
    return report;
  }

  /**
   * Runs `work` with the result of `ready`, once all earlier calls are done. A call can be aborted
   * until then; after that, it runs to its end.
   */
  #inTurn<S, T>(
    ready: S | Promise<S>,
    work: (ready: S) => Promise<T>,
    options?: { signal?: AbortSignal },
  ): Promise<T> {
    const before = this.#turn;
    const due = unlessAborted(Promise.all([ready, before]), options?.signal);
    const done = due.then(([ready]) => work(ready));
    this.#turn = Promise.allSettled([before, done]);
    return done;
  }
}
