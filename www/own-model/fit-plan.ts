/** Fits a plan, and asks the model about its pictures. */
import { Detector, Model } from "she-ood/worker";
import { type Answers, collectAnswers, pickSpread } from "./accuracy";
import { codeOf } from "./errors";
import { fitDetector, listPictures, type Picture } from "./fit";
import type { Plan } from "./plan";
import { startPhase } from "./progress";

/** What the model answers, and the detector; or why there is none. */
export interface Fit {
  detector: Detector | undefined;
  bytes: Uint8Array<ArrayBuffer>;
  answers: Answers[];
  /** Names of files that could not be read. */
  unread: string[];
  error?: unknown;
}

/** @throws {SheError} As `Fitter`, but for what the model's answers explain. */
export async function fitPlan(plan: Plan, signal: AbortSignal): Promise<Fit> {
  const pictures = listPictures(plan.folders, plan.outputs);
  const unread = new Set<string>();
  try {
    const bytes = await fitToBytes(plan, pictures, unread, signal);
    const loaded = await loadAndAsk(plan, pictures, bytes, signal);
    return { ...loaded, bytes, unread: [...unread] };
  } catch (error) {
    if (codeOf(error) !== "fit") throw error;
    const answers = await askModel(plan, pictures, signal);
    return { detector: undefined, bytes: new Uint8Array(), answers, unread: [...unread], error };
  }
}

async function fitToBytes(
  { classifier, options, settings }: Plan,
  pictures: Picture[],
  unread: Set<string>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const detector = await fitDetector(
    classifier.bytes,
    options,
    settings.idPassRate,
    pictures,
    ({ name }) => unread.add(name),
    startPhase("Fitting", pictures.length, signal),
  );
  try {
    return await detector.toBytes();
  } finally {
    detector.dispose();
  }
}

async function loadAndAsk(
  plan: Plan,
  pictures: Picture[],
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<Pick<Fit, "detector" | "answers">> {
  const detector = await Detector.load(bytes, { signal });
  try {
    return { detector, answers: await ask(plan, detector, pictures, signal) };
  } catch (error) {
    detector.dispose();
    throw error;
  }
}

/** Where no picture is recognised, what the model answers instead tells why. */
async function askModel(plan: Plan, pictures: Picture[], signal: AbortSignal): Promise<Answers[]> {
  const { preprocess } = plan.options;
  const options = { ...plan.classifier.reading, ...(preprocess && { preprocess }), signal };
  const model = await Model.load(plan.classifier.bytes, options);
  try {
    return await ask(plan, model, pictures, signal);
  } finally {
    model.dispose();
  }
}

function ask(
  { folders }: Plan,
  runner: Pick<Detector, "features">,
  pictures: Picture[],
  signal: AbortSignal,
): Promise<Answers[]> {
  const looked = pickSpread(pictures);
  const work = startPhase("Asking the model", looked.length, signal);
  return collectAnswers(runner, folders.length, looked, work);
}
