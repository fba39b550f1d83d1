import { checkAborted } from "./call/abort.js";
import { optionsOf, SIGNAL } from "./call/options.js";
import type { Bytes } from "./file/response.js";
import type { LoadOptions, Source } from "./file/source.js";
import { withoutLoading } from "./fit/options.js";
import type { Info } from "./info.js";
import { imageOf } from "./input/pixels.js";
import { Teacher as WasmTeacher } from "./she_ood.js";
import {
  copiedFeatures,
  Examples,
  idOf,
  type Lesson,
  labelOf,
  nothingScored,
  teach,
  teachAll,
} from "./teach/lessons.js";
import { featureCount, TEACHER, TEACHING } from "./teach/options.js";
import type {
  Example,
  TaughtExample,
  TeacherInfo,
  TeacherOptions,
  TeachingOptions,
} from "./teach/types.js";
import type { Drawable, Input, Pixels, Report } from "./types.js";
import { judge, preview, type Seen, see } from "./wasm/calls.js";
import { copyOut } from "./wasm/file.js";
import { type Create, guarded, Handle } from "./wasm/instance.js";
import { compile, load } from "./wasm/load.js";
import { wasmReady } from "./wasm/ready.js";

/**
 * Learns classes from a few examples each, and says "none of these" to everything else. The model
 * is any backbone: an ONNX classifier, whose own classes do not matter, or one that returns
 * embeddings.
 *
 * ```js
 * import { Teacher } from "she-ood";
 *
 * const teacher = await Teacher.create("backbone.onnx");
 * for (const picture of mugs) teacher.add("mug", picture);
 * for (const picture of keys) teacher.add("keys", picture);
 * const { verdict, predicted } = teacher.score(canvas);
 * if (verdict === "known" && predicted.label !== "keys") teacher.correct("keys"); // it was wrong
 * const bytes = teacher.toBytes(); // the file that Detector.load reads
 * teacher.dispose();
 * ```
 *
 * Each change takes effect at once, and the result is the same in whatever order the examples come.
 * It keeps their features, four bytes each, and not the pictures. It holds WebAssembly memory: call
 * {@linkcode Teacher.dispose} when done, or declare it with `using`.
 */
export class Teacher extends Handle<WasmTeacher> {
  readonly #examples: Examples;
  /** Cleared by each lesson. */
  #info: TeacherInfo | undefined;
  /** Describes the reports; cleared likewise. */
  #described: Info | undefined;
  /** Features of the input scored last. */
  #last: Float32Array | undefined;

  private constructor(
    create: Create<WasmTeacher>,
    from: Bytes[] | WasmTeacher,
    examples: Examples,
  ) {
    super(create, from);
    this.#examples = examples;
  }

  /**
   * Begins to teach. `model` may be a detector file too; only its model is used.
   *
   * @throws {@linkcode SheError} as {@linkcode Fitter.create}; for `examples` as
   * {@linkcode Teacher.addFeatures}.
   */
  static async create(model: Source, options?: TeacherOptions): Promise<Teacher> {
    const { examples: given, ...rest } = optionsOf(options, TEACHER);
    const [own, examples] = [withoutLoading(rest), new Examples(given)];
    const { nodes, values } = rest.limits ?? {};
    const create: Create<WasmTeacher> = (file) =>
      taught(WasmTeacher.create(file, own, nodes, values), examples);
    return load(model, "the model", rest, (parts) => new Teacher(create, parts, examples));
  }

  /**
   * Begins to teach without a model, from features that something else computes: embeddings of
   * texts or sounds, `size` numbers each.
   *
   * ```js
   * const teacher = await Teacher.ofFeatures(384);
   * teacher.addFeatures("refund", embeddingOf("I want my money back"));
   * teacher.scoreFeatures(embeddingOf("My cat is ill"));
   * ```
   *
   * @throws {@linkcode SheError} `invalid-option`; for `examples` as
   * {@linkcode Teacher.addFeatures}; `load-failed` when the WebAssembly cannot be fetched; the
   * signal's reason when aborted.
   */
  static async ofFeatures(
    size: number,
    options?: TeachingOptions & Pick<LoadOptions, "onProgress" | "signal">,
  ): Promise<Teacher> {
    const { examples: given, ...rest } = optionsOf(options, TEACHING);
    const [features, own] = [featureCount(size), withoutLoading(rest)];
    const examples = new Examples(given);
    await wasmReady(rest);
    return compile(rest, () => {
      const first = taught(WasmTeacher.ofFeatures(features, own), examples);
      return new Teacher(
        (file) => taught(WasmTeacher.create(file, own), examples),
        first,
        examples,
      );
    });
  }

  /** What has been taught so far. */
  get info(): TeacherInfo {
    const { wasm } = this;
    this.#info ??= guarded(() => wasm.info() as TeacherInfo);
    return this.#info;
  }

  /**
   * Adds an example of a class, which exists from its first example on: a `Float32Array` in the
   * shape `info.inputShape`, or a picture of any size. Decode a `Blob` or `File`
   * first, with {@linkcode decode}.
   *
   * A label is any text with a visible character; `"mug"` and `"Mug"` are two classes.
   *
   * @throws {@linkcode SheError} `invalid-option` for the label, else as
   * {@linkcode Detector.score}.
   */
  add(label: string, input: Input): Example {
    return this.#add(labelOf(label), see(this.wasm, input, this.info.inputShape).features);
  }

  /**
   * Adds an example by its features, of which there must be `info.size`.
   *
   * @throws {@linkcode SheError} `invalid-option` for the label, `input-kind`, `input-length` or
   * `not-finite` for the features; `disposed`.
   */
  addFeatures(label: string, features: Float32Array): Example {
    return this.#add(labelOf(label), copiedFeatures(features));
  }

  /**
   * Takes back an example. A class without any left is gone.
   *
   * @throws {@linkcode SheError} `invalid-option` for an unknown id; `disposed`.
   */
  forget(id: number): void {
    this.#teach(["forget", idOf(id)]);
  }

  /**
   * Makes an example one of another class, which may be new.
   *
   * @throws {@linkcode SheError} `invalid-option` for an unknown id, or for the label; `disposed`.
   */
  move(id: number, label: string): void {
    this.#teach(["move", idOf(id), labelOf(label)]);
  }

  /**
   * Gives a class another name, which no class has. To join two classes, `move` the examples.
   *
   * @throws {@linkcode SheError} `invalid-option` for an unknown label, or for a name that cannot
   * be given; `disposed`.
   */
  rename(label: string, name: string): void {
    this.#teach(["rename", labelOf(label), labelOf(name, "name")]);
  }

  /**
   * Removes a class with all of its examples.
   *
   * @throws {@linkcode SheError} `invalid-option` for an unknown label; `disposed`.
   */
  remove(label: string): void {
    this.#teach(["remove", labelOf(label)]);
  }

  /**
   * Scores one sample, given as for {@linkcode Teacher.add}. The verdict is `unsure` while
   * `info.needed` is above 0.
   *
   * @throws {@linkcode SheError} `fit` without an example, else as {@linkcode Detector.score}.
   */
  score(input: Input): Report {
    return this.#judge(see(this.wasm, input, this.info.inputShape));
  }

  /**
   * Scores one sample by its features, of which there must be `info.size`.
   *
   * @throws {@linkcode SheError} `fit` without an example, else as
   * {@linkcode Teacher.addFeatures}.
   */
  scoreFeatures(features: Float32Array): Report {
    const timings = { image: 0, model: 0, she: 0 };
    return this.#judge({ features: copiedFeatures(features), timings });
  }

  /**
   * The picture as the backbone sees it: framed and resized to its input's own size, before it is
   * normalised. A gray input is shown in gray. Where there is no `ImageData`, as in Node, it is a
   * plain object with the same fields.
   *
   * @throws {@linkcode SheError} `no-preprocess`, `image-size`, `input-kind` or `disposed`; the
   * signal's reason when aborted.
   */
  async preview(
    picture: Pixels | Drawable,
    options?: { signal?: AbortSignal },
  ): Promise<ImageData> {
    checkAborted(optionsOf(options, SIGNAL).signal);
    return imageOf(preview(this.wasm, picture), this.info.preprocess);
  }

  /**
   * "That was wrong: it is a …". Adds the sample scored last as an example of this class, without
   * running the model again.
   *
   * @throws {@linkcode SheError} `fit` if none was scored since the last correction,
   * `invalid-option` for the label; `disposed`.
   */
  correct(label: string): Example {
    void this.wasm;
    if (!this.#last) throw nothingScored();
    const example = this.#add(labelOf(label), this.#last);
    this.#last = undefined;
    return example;
  }

  /**
   * All examples by their features, to keep them without the pictures: another teacher of the same
   * model takes them as `examples`.
   *
   * @throws {@linkcode SheError} `disposed`.
   */
  examples(): TaughtExample[] {
    void this.wasm;
    return this.#examples.copies();
  }

  /**
   * The detector of what has been taught so far as a file, for {@linkcode Detector.load} and any
   * ONNX runtime.
   *
   * @throws {@linkcode SheError} `fit` without an example; `disposed`.
   */
  toBytes(): Uint8Array<ArrayBuffer> {
    const { wasm } = this;
    return guarded(() => copyOut(wasm.detectorFile()));
  }

  /** Gives the memory back. The teacher cannot be used afterwards; a second call does nothing. */
  override dispose(): void {
    super.dispose();
    this.#examples.kept.clear();
    this.#last = undefined;
  }

  #add(label: string, features: Float32Array): Example {
    const id = this.#examples.nextId();
    this.#teach(["add", id, label, features]);
    return { id, label };
  }

  #teach(lesson: Lesson): void {
    const { wasm } = this;
    guarded(() => teach(wasm, lesson));
    teach(this.#examples, lesson);
    this.#info = undefined;
    this.#described = undefined;
  }

  #judge(seen: Seen): Report {
    const { wasm } = this;
    this.#described ??= guarded(() => wasm.detectorInfo() as Info);
    const report = judge(wasm, seen, this.#described);
    this.#last = seen.features;
    return report;
  }
}

/** The teacher, after it has learned all examples. */
function taught(teacher: WasmTeacher, { kept }: Examples): WasmTeacher {
  teachAll(teacher, kept);
  return teacher;
}
