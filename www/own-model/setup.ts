/** What the fit is told: a line for each choice, which the program makes and the visitor may. */
import type { Info } from "she-ood/worker";
import { at } from "../shared/at";
import { element, say, write } from "../shared/dom";
import { count, messageOf } from "../shared/words";
import type { Classifier } from "./classifier";
import { canChoose, checkedLayers, listLayers } from "./layers";
import {
  type Config,
  followNormalisation,
  normalisationInWords,
  offerNormalisations,
} from "./normalisation";
import { countPictures, type Material } from "./pictures-step";
import { makePlan, type Plan } from "./plan";
import { NOT_CHOSEN } from "./result";
import { outlook, suggestSettings } from "./settings";

/** Fewer pictures than this a class make a poor detector. */
const FEW = 20;

const BY_FIT = "chosen by the fit, which tries them on strangers that it makes of your pictures";

export class Setup {
  readonly #tell: (plan: Plan | undefined, isReady: boolean) => void;
  #material: Material | undefined;
  #listed: Classifier | undefined;
  #counted = 0;
  #config: Config | undefined;

  /** Tells of a plan whenever it changes, or of none; and whether there is something to plan. */
  constructor(tell: (plan: Plan | undefined, isReady: boolean) => void) {
    this.#tell = tell;
    followNormalisation(() => this.#material?.classifier.channels ?? 3);
    element("settings").addEventListener("input", () => this.#plan());
  }

  take(material: Material | undefined): void {
    this.#material = material;
    if (material) this.#offer(material);
    this.#plan();
  }

  /** Takes a file that says how the model takes pictures. */
  takeConfig(config: Config): void {
    this.#config = config;
    this.#listed = undefined;
    this.take(this.#material);
  }

  #offer({ classifier, folders }: Material): void {
    if (classifier !== this.#listed) {
      this.#listed = classifier;
      offerNormalisations(classifier, this.#config);
      listLayers(classifier, () => this.#plan());
    }
    const total = countPictures(folders);
    if (total !== this.#counted) suggestSettings(total < FEW * folders.length);
    this.#counted = total;
  }

  #plan(): void {
    const plan = this.#material && this.#checked(this.#material);
    element("setup").hidden = !this.#material;
    element("start").hidden = !plan;
    this.#tell(plan, this.#material !== undefined);
  }

  #checked(material: Material): Plan | undefined {
    const { classifier, folders } = material;
    const layers = checkedLayers(classifier);
    element("aggregator-setting").hidden = layers.length < 2;
    try {
      if (layers.length === 0 && !canChoose(classifier))
        throw new Error("Tick at least one layer.");
      const plan = makePlan(material, layers);
      const { words, enough } = outlook(folders, plan.settings);
      write("outlook", words);
      element("outlook").classList.toggle("warning", !enough);
      showLines(plan, layers);
      say("settings-error");
      return plan;
    } catch (error) {
      say("settings-error", messageOf(error));
      return undefined;
    }
  }
}

function showLines({ classifier, settings }: Plan, layers: string[]): void {
  const { similarity } = settings;
  const isTold = layers.length > 0 || similarity !== undefined;
  const last = `${classifier.defaultLayer}, as you chose the similarity`;
  write(
    "layers-line",
    layers.length > 0 ? `${layers.join(", ")}, as you say` : isTold ? last : BY_FIT,
  );
  write(
    "similarity-line",
    similarity ? `${similarity}, as you say` : isTold ? "cosine, as you chose layers" : BY_FIT,
  );
  write("normalisation-line", normalisationInWords(classifier));
}

/** Says what the fit chose, and by what. */
export function showChosen({ choice }: Info): void {
  if (!choice) return;
  const { because, candidates, tried, samples } = choice;
  const { layers, similarity, aggregator, energy } = at(candidates, 0);
  const by =
    because === "criterion"
      ? `chosen among ${count(tried)} ways by ${count(samples)} of your pictures made strange`
      : `taken by default, as ${NOT_CHOSEN[because]}`;
  const joined = aggregator ? `, joined by ${aggregator}` : "";
  write("layers-line", `the features of ${layers.join(", ")}; ${by}`);
  write(
    "similarity-line",
    `${similarity}${joined}${energy ? ", with the classifier's energy" : ""}; ${by}`,
  );
}
