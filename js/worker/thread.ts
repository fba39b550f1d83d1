// Runs in a worker: does what it is asked for, one call at a time, with the same Detector and
// Fitter as a page has.
import { SheError } from "../error.js";
import type { Observed } from "../observed.js";
import type { Limits } from "../source.js";
import { decoded } from "../pixels.js";
import { isBitmap, isBlob } from "../realm.js";
import { Detector, Fitter, init, metrics } from "../slim.js";
import type { ExplainOptions, FitterOptions, Input } from "../types.js";
import type { Opened } from "./detector.js";
import type { Answer, Call } from "./link.js";

let detector: Detector;
let fitter: Fitter;

const CALLS = {
  init,
  embedded: async () => opened(await Detector.embedded()),
  load: async (file: Blob, limits?: Limits) =>
    opened(await Detector.load(file, { ...(limits && { limits }) })),
  score: (input: Input) => detector.score(input),
  explain: (input: Input, options: ExplainOptions) => detector.explain(input, options),
  scoreBatch: (data: Float32Array) => detector.scoreAtOnce(data),
  features: (input: Input) => detector.features(input),
  calibration: () => detector.calibration(),
  toBytes: () => detector.toBytes(),
  layers: (model: Blob, limits?: Limits) => Fitter.layers(model, { ...(limits && { limits }) }),
  create: async (model: Blob, options: FitterOptions) =>
    (fitter = await Fitter.create(model, options)).begun,
  featuresOf: (input: Input) => fitter.features(input),
  observe: (input: Input, labels: Uint32Array) => fitter.observe(input, labels),
  finish(observed: Observed[], idPassRate: number) {
    const fitted = fitter.finishWith(observed, idPassRate);
    try {
      return fitted.toBytes();
    } finally {
      fitted.dispose();
    }
  },
  evaluate: metrics.evaluate,
};

function opened(loaded: Detector): Opened {
  detector = loaded;
  return { info: loaded.info, batchSize: loaded.batchSize };
}

/** Calls on pictures, whose files are decoded first. */
const OF_PICTURES = ["score", "explain", "features", "featuresOf", "observe"];

// A worker's own side has the methods of a port.
const port = globalThis as unknown as MessagePort;

port.onmessage = async ({ data: { name, args } }: MessageEvent<Call>) => {
  try {
    if (OF_PICTURES.includes(name) && isBlob(args[0])) args[0] = await decoded(args[0]);
    const value = await (CALLS[name as keyof typeof CALLS] as (...args: unknown[]) => unknown)(
      ...args,
    );
    port.postMessage({ value } satisfies Answer, buffers(value));
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

/** The buffers of all typed arrays in an answer, which are handed over. */
function buffers(value: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(value)) return [value.buffer as ArrayBuffer];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(buffers) : [];
}
