// Runs in a worker: answers one call at a time, with the same WebAssembly calls as the classes of
// the page.
import { SheError } from "../error.js";
import { hashModel } from "../file/hash.js";
import type { Bytes } from "../file/response.js";
import type { PrivacyOptions } from "../fit/types.js";
import type { Info } from "../info.js";
import { decode } from "../input/pixels.js";
import { isBitmap, isBlob } from "../input/realm.js";
import instantiate, {
  evaluate,
  mergeParts,
  partInfo,
  Detector as WasmDetector,
  Fitter as WasmFitter,
  Model as WasmModel,
  Teacher as WasmTeacher,
} from "../she_ood.js";
import { type Kept, type Lesson, teach, teachAll } from "../teach/lessons.js";
import type { TeacherInfo } from "../teach/types.js";
import type { Drawable, ExportOptions, Input, Pixels } from "../types.js";
import {
  explain,
  features,
  finish,
  judge,
  type Observed,
  observe,
  part,
  preview,
  type Seen,
  score,
  scoreBatch,
  see,
  toOnnx,
} from "../wasm/calls.js";
import { copyOut, moveIn } from "../wasm/file.js";
import { guarded } from "../wasm/instance.js";
import { READER } from "../wasm/load.js";
import { start } from "../wasm/start.js";
import type { AboutDetector } from "./detector.js";
import type { Answer, Call } from "./link.js";

let detector: WasmDetector;
let info: Info;
let model: WasmModel;
let inputShape: number[];
let fitter: WasmFitter;
let teacher: WasmTeacher;
/** Describes the reports of the teacher; cleared by each lesson. */
let described: Info | undefined;

const CALLS = {
  init: (module: WebAssembly.Module) => start(instantiate, module),
  embedded: () => open(WasmDetector.embedded),
  async load(file: Blob, nodes?: number, values?: number) {
    const bytes = await bytesOf(file);
    const hash = await hashModel(bytes);
    return open(() => WasmDetector.load(moveIn([bytes]), nodes, values, ...hash));
  },
  async externalFiles(file: Blob) {
    return READER.externalFiles(await bytesOf(file));
  },
  async partsWithWeights(file: Blob, names: string[], sizes: number[], heads: Bytes[]) {
    return READER.partsWithWeights(await bytesOf(file), names, sizes, heads);
  },
  score: (input: Input) => score(detector, input, info),
  explain: (input: Input, index?: number) => explain(detector, input, index, info),
  scoreBatch: (data: Float32Array) => scoreBatch(detector, data),
  preview: (picture: Pixels | Drawable) => preview(detector ?? teacher, picture),
  features: (input: Input) => features(detector, input, info.inputShape),
  calibration: () => guarded(() => detector.calibration()),
  toOnnx: (options?: ExportOptions) => toOnnx(detector, options),
  toBytes: () => guarded(() => copyOut(detector.file())),
  async model(file: Blob, options: object, nodes?: number, values?: number) {
    const bytes = await bytesOf(file);
    model = guarded(() => WasmModel.load(moveIn([bytes]), options, nodes, values));
    const about = guarded(() => model.about());
    inputShape = about.inputShape;
    return about;
  },
  run: (input: Input) => features(model, input, inputShape),
  async create(file: Blob, options: object, nodes?: number, values?: number, part?: Bytes) {
    const bytes = await bytesOf(file);
    fitter = guarded(() => WasmFitter.create(moveIn([bytes]), options, nodes, values, part));
    return guarded(() => fitter.about());
  },
  observe: (input: Input, classes: Uint32Array<ArrayBuffer>, probes: Uint32Array<ArrayBuffer>) =>
    observe(fitter, input, classes, probes),
  part: (observed: Observed[], options: PrivacyOptions) => part(fitter, observed, options),
  mergeParts: (parts: Bytes[]) => guarded(() => mergeParts(parts) as Bytes),
  partInfo: (part: Bytes) => guarded(() => partInfo(part)),
  finish(observed: Observed[], idPassRate: number) {
    const fitted = finish(fitter, observed, idPassRate);
    const bytes = guarded(() => copyOut(fitted.file()));
    fitted.free();
    return bytes;
  },
  async begin(file: Blob, options: object, kept: Kept, nodes?: number, values?: number) {
    const bytes = await bytesOf(file);
    return beginOf(() => WasmTeacher.create(moveIn([bytes]), options, nodes, values), kept);
  },
  beginWithout: (size: number, options: object, kept: Kept) =>
    beginOf(() => WasmTeacher.ofFeatures(size, options), kept),
  see: (input: Input) => see(teacher, input, inputShape),
  teach(lesson: Lesson) {
    described = undefined;
    return guarded(() => {
      teach(teacher, lesson);
      return teacher.info();
    });
  },
  judge(seen: Seen) {
    described ??= guarded(() => teacher.detectorInfo() as Info);
    return judge(teacher, seen, described);
  },
  taught: () => guarded(() => copyOut(teacher.detectorFile())),
  evaluate: (id: Float64Array, ood: Float64Array) => guarded(() => evaluate(id, ood)),
};

function open(create: () => WasmDetector): AboutDetector {
  detector = guarded(create);
  info = guarded(() => detector.info() as Info);
  return { info, batchSize: guarded(() => detector.batchSize()) };
}

function beginOf(create: () => WasmTeacher, kept: Kept): TeacherInfo {
  return guarded(() => {
    teacher = create();
    teachAll(teacher, kept);
    const info: TeacherInfo = teacher.info();
    inputShape = info.inputShape;
    return info;
  });
}

async function bytesOf(file: Blob): Promise<Bytes> {
  return new Uint8Array(await file.arrayBuffer());
}

/** Calls on pictures, whose files are decoded first. */
const OF_PICTURES = ["score", "explain", "preview", "features", "run", "observe", "see"];

// A worker's own side has the methods of a port.
const port = globalThis as unknown as MessagePort;

port.onmessage = async ({ data: { name, args } }: MessageEvent<Call>) => {
  try {
    if (OF_PICTURES.includes(name) && isBlob(args[0])) args[0] = await decode(args[0]);
    const call = CALLS[name as keyof typeof CALLS] as (...args: unknown[]) => unknown;
    const value = await call(...args);
    port.postMessage({ value } satisfies Answer, buffersIn(value));
  } catch (error) {
    // A crash: another thread takes the place of this one, and with it all the memory that
    // WebAssembly has failed in.
    if (!(error instanceof SheError) || error.code === "internal")
      return reportError((error as Error).cause ?? error);
    port.postMessage({ error: { code: error.code, message: error.message } } satisfies Answer);
  } finally {
    if (isBitmap(args[0])) args[0].close();
  }
};

port.onmessageerror = () => reportError(new Error("a call could not be read"));

/** The buffers of all typed arrays in an answer, which are transferred. */
function buffersIn(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(buffersIn) : [];
}
