/** Fits a plan, and asks the model about its pictures. */
import { Detector, Model } from "she-ood/worker";
import { type Ask, type Asked, askAll, askClassifier, askDetector, pickSpread } from "./accuracy";
import { codeOf } from "./errors";
import { fitDetector, listPictures, type Picture } from "./fit";
import type { Plan } from "./plan";
import { startOpenPhase, startPhase } from "./progress";

/** What the model answers, and the detector; or why there is none. */
export interface Fit extends Asked {
  detector: Detector | undefined;
  bytes: Uint8Array<ArrayBuffer>;
  /** Names of files that could not be read. */
  unread: string[];
  error?: unknown;
}

/** @throws {SheError} As `Fitter`, but for what the model's answers explain. */
export async function fitPlan(plan: Plan, signal: AbortSignal): Promise<Fit> {
  const pictures = listPictures(plan.folders, plan.outputs);
  const unread: string[] = [];
  try {
    const bytes = await fitToBytes(plan, pictures, unread, signal);
    return { ...(await loadAndAsk(plan, pictures, bytes, signal)), bytes, unread };
  } catch (error) {
    if (codeOf(error) !== "fit") throw error;
    const asked = await askModel(plan, pictures, signal);
    return { ...asked, detector: undefined, bytes: new Uint8Array(), unread, error };
  }
}

async function fitToBytes(
  { classifier, options, settings }: Plan,
  pictures: Picture[],
  unread: string[],
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const detector = await fitDetector(
    classifier.bytes,
    options,
    settings.idPassRate,
    pictures,
    ({ name }) => unread.push(name),
    startPhase("Fitting", pictures, signal),
    () => startOpenPhase("Choosing the layer and the threshold"),
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
): Promise<Asked & { detector: Detector }> {
  const detector = await Detector.load(bytes, { signal });
  try {
    return { detector, ...(await ask(plan, askDetector(detector), pictures, signal)) };
  } catch (error) {
    detector.dispose();
    throw error;
  }
}

/** Where no picture is recognised, what the model answers instead tells why. */
async function askModel(plan: Plan, pictures: Picture[], signal: AbortSignal): Promise<Asked> {
  const { preprocess } = plan.options;
  const options = { ...plan.classifier.reading, ...(preprocess && { preprocess }), signal };
  const model = await Model.load(plan.classifier.bytes, options);
  try {
    return await ask(plan, askClassifier(model), pictures, signal);
  } finally {
    model.dispose();
  }
}

function ask(plan: Plan, ask: Ask, pictures: Picture[], signal: AbortSignal): Promise<Asked> {
  const looked = pickSpread(pictures);
  return askAll(ask, plan.folders.length, looked, startPhase("Asking the model", looked, signal));
}
