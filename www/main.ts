/** Joins the parts of the page: what is drawn, shown or picked is scored, and the verdict shown. */
import type { Detector, Input, Report } from "she-ood";
import { KINDS, type Kind, type KindName } from "./kinds";
import { Pad } from "./pad";
import { onPhoto } from "./photo";
import { type Sample, loadSamples, showSamples } from "./samples";
import { View } from "./view";

const element = <T extends Element>(id: string): T => document.getElementById(id) as unknown as T;

const view = new View(document);
const pad = new Pad(element<HTMLCanvasElement>("pad"));

/** A detector that is ready, and its samples with their verdicts. */
interface Opened {
  detector: Detector;
  samples: (Sample & { report: Report })[];
}

const opened: Partial<Record<KindName, Promise<Opened>>> = {};
let gallery: { release(): void } | undefined;
/** The detector that judges, none while one is loading. */
let detector: Detector | undefined;
let chosen: KindName | undefined;
/** A photo that came while no detector was ready. */
let pending: ImageData | undefined;

async function open(kind: Kind): Promise<Opened> {
  const [detector, samples] = await Promise.all([kind.load(), loadSamples(kind)]);
  return { detector, samples: samples.map((sample) => ({ ...sample, report: detector.score(sample.input) })) };
}

/** Makes the page that of a detector. */
async function choose(name: KindName): Promise<void> {
  const kind: Kind = KINDS[name];
  chosen = name;
  detector = undefined;
  pad.clear();
  pad.draws = kind.draws;
  view.load(kind);
  try {
    const { detector: loaded, samples } = await (opened[name] ??= open(kind));
    // Another one may have been chosen while this one was loading.
    if (chosen !== name) return;
    detector = loaded;
    gallery = showSamples(element("samples"), kind.groups, samples, (sample) => {
      pad.show(sample.picture);
      judge(sample.input);
    });
    view.ready(kind, loaded.info, samples);
    const photo = pending;
    pending = undefined;
    if (photo) showPhoto(photo);
  } catch (error) {
    // The next choice, photo or Clear tries again.
    delete opened[name];
    if (chosen === name) view.fail(error);
  }
}

function judge(input: Input): void {
  if (!detector) return;
  try {
    view.show(detector.score(input));
  } catch (error) {
    view.fail(error);
  }
}

/** Loads the chosen detector again when it could not be loaded. */
function retry(): void {
  if (chosen && !opened[chosen]) void choose(chosen);
}

function showPhoto(photo: ImageData): void {
  if (!detector) {
    pending = photo;
    retry();
    return;
  }
  gallery?.release();
  pad.show(photo);
  judge(photo);
}

pad.onDraw = (picture) => {
  gallery?.release();
  judge(picture);
};
onPhoto(element<HTMLInputElement>("photo"), showPhoto, (error) => view.fail(error));
element<HTMLButtonElement>("clear").onclick = () => {
  pad.clear();
  gallery?.release();
  pending = undefined;
  if (detector) view.wait();
  else retry();
};

const radios = document.querySelectorAll<HTMLInputElement>('[name="kind"]');
const isKind = (name: string): name is KindName => name in KINDS;
const fromAddress = () => (isKind(location.hash.slice(1)) ? (location.hash.slice(1) as KindName) : "digits");

function follow(name: KindName): void {
  radios.forEach((radio) => (radio.checked = radio.value === name));
  if (name !== chosen) void choose(name);
}

radios.forEach((radio) => {
  radio.onchange = () => {
    history.replaceState(null, "", `#${radio.value}`);
    follow(radio.value as KindName);
  };
});
addEventListener("hashchange", () => follow(fromAddress()));
follow(fromAddress());
