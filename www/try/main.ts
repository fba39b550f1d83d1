/**
 * Joins the parts of the page: what is drawn, shown, filmed or picked is scored, and the verdict
 * shown.
 */
import { extent } from "d3-array";
import type { Input, Report } from "she-ood";
import type { Detector } from "she-ood/worker";
import { type State, fromHash, toHash } from "./address";
import { Camera } from "./camera";
import { copyCode } from "../shared/copy-code";
import { complain, element, say, write } from "../shared/dom";
import { cloudOf } from "./cloud";
import { Evidence } from "./evidence";
import { KINDS, type Kind, type KindName } from "./networks";
import { Latest } from "../shared/latest";
import { FeatureMap } from "./feature-map";
import { keepOffline } from "../offline/register";
import { type Opened, open } from "./loaded";
import { Pad } from "./pad";
import { Path } from "./score-path";
import { onPhoto } from "./photo";
import { NONE, pushed, shrunk } from "./perturb";
import { type Gallery, type Sample, showSamples } from "./samples";
import { Sliders } from "./sliders";
import { snippet } from "./snippet";
import { Tour, stops } from "./tour";
import { showFailure } from "../shared/report";
import { View } from "./report-view";
import { messageOf } from "../shared/words";

const view = new View();
const pad = new Pad(element<HTMLCanvasElement>("pad"));
const cameraButton = element<HTMLButtonElement>("camera");
const camera = new Camera(cameraButton, stopCamera);
const sliders = new Sliders(element("sliders"));
const path = new Path(element("path"));
const evidence = new Evidence(document, again);
const map = new FeatureMap(element("map"));
const blendWith = element<HTMLSelectElement>("blend-with");
const verdicts = new Latest((busy) => (element("verdict").ariaBusy = `${busy}`), showFailure);

/** What is judged: a picture before it is pushed, and what the detector takes of it. */
interface Shown {
  picture: ImageData;
  input(picture: ImageData): Input;
  sample?: number;
}

/** Pictures are framed by the detector itself. */
const asItIs = (picture: ImageData): Input => picture;
const opened: Partial<Record<KindName, Promise<Opened>>> = {};
let gallery: Gallery | undefined;
/** The one that judges, none while it is loading. */
let current: Opened | undefined;
let chosen: KindName | undefined;
let shown: Shown | undefined;
/** What the camera saw last. */
let frame: ImageData | undefined;
/** A photo that came while no detector was ready. */
let pending: ImageData | undefined;

/** Makes the page that of a detector. */
async function choose(name: KindName): Promise<void> {
  const kind: Kind = KINDS[name];
  chosen = name;
  current = undefined;
  empty();
  pad.draws = kind.draws;
  write("code", snippet(name));
  write("copied", "");
  view.load(kind);
  try {
    const ready = await (opened[name] ??= open(kind));
    // Another one may have been chosen while this one was loading.
    if (chosen === name) begin(kind, ready);
  } catch (error) {
    // The next choice, photo or Clear tries again.
    delete opened[name];
    if (chosen === name) showFailure(error);
  }
}

function begin(kind: Kind, ready: Opened): void {
  current = ready;
  const { detector, samples, calibration, explanation } = ready;
  gallery = showSamples(element("samples"), kind.groups, samples, pickByHand);
  blendWith.replaceChildren(...samples.map(({ name }, index) => new Option(name, `${index}`)));
  blendWith.value = `${samples.findIndex(({ group }) => group !== "known")}`;
  view.ready(kind, detector.info, samples, calibration);
  evidence.ready(explanation);
  void showCloud(kind, ready);
  path.scale(
    extent(samples, ({ report }) => report.score) as [number, number],
    detector.info.threshold,
  );
  const photo = pending;
  pending = undefined;
  if (photo) present({ picture: photo, input: asItIs });
  // Drawn while there was no detector.
  else if (shown) again();
  else if (!camera.on)
    restore(location.hash ? fromHash(location.hash) : { sample: first(samples) });
}

/** Shows the sample of an address as it was pushed. */
function restore({ sample, push = NONE, partner }: Partial<State>): void {
  const { samples } = current!;
  if (sample === undefined || sample >= samples.length) return;
  pick(sample);
  sliders.push = push;
  if (partner !== undefined && partner < samples.length) blendWith.value = `${partner}`;
  if (!sliders.neutral) element<HTMLDetailsElement>("push").open = true;
  update();
}

/** What a visitor sees who asks for nothing: something that the network has never learnt. */
function first(samples: Sample[]): number {
  return samples.findIndex(({ group }) => group !== "known");
}

/** Fills the map, which takes a second or two, while all else can be used. */
async function showCloud(kind: Kind, ready: Opened): Promise<void> {
  const { info } = ready.detector;
  map.show(undefined, info);
  view.placing("Placing them …");
  try {
    const cloud = await (ready.cloud ??= cloudOf(
      kind,
      ready.detector,
      AbortSignal.timeout(60_000),
    ));
    if (current !== ready) return;
    keepOffline();
    view.placing("");
    view.portraits(cloud.portraits);
    map.show(cloud, info);
    again();
  } catch (error) {
    delete ready.cloud;
    if (current === ready) view.placing(`They could not be placed: ${messageOf(error)}`);
  }
}

function pick(index: number): void {
  present({
    picture: current!.samples[index]!.picture,
    input: KINDS[chosen!].input,
    sample: index,
  });
}

/** Takes something new to judge, or nothing, as it is. */
function take(next: Shown | undefined): void {
  camera.stop();
  say("photo-error");
  gallery?.press(next?.sample);
  shown = next;
  sliders.reset();
  path.clear();
}

/** Shows and judges something new, whatever the last verdict is that is still under way. */
function present(next: Shown): void {
  verdicts.drop();
  take(next);
  update();
}

/** What is shown, as the sliders have it. */
function picture({ picture }: Shown): ImageData {
  return sliders.neutral
    ? picture
    : pushed(shrunk(picture), sliders.push, current?.samples[Number(blendWith.value)]?.picture);
}

/** Shows and judges what the sliders make of it. */
function update(judged?: (report: Report) => void): void {
  if (!shown) return;
  const now = picture(shown);
  pad.show(now);
  remember();
  judge(now, shown.input, judged);
}

/** Judges anew what is shown, and does not show it again: that would end a stroke. */
function again(): void {
  if (shown) judge(picture(shown), shown.input);
}

function remember(): void {
  const hash = toHash({
    kind: chosen!,
    sample: shown?.sample,
    push: sliders.push,
    partner: Number(blendWith.value),
  });
  history.replaceState(null, "", hash);
}

/** Shows the verdict when it is there. */
function judge(
  picture: ImageData,
  toInput: Shown["input"],
  judged?: (report: Report) => void,
): void {
  if (!current) return;
  const { detector } = current;
  void verdicts.run(async () => {
    const [report, features, explanation] = await answers(detector, toInput(picture));
    return () => {
      view.show(report);
      evidence.show(explanation, report.nearest.label, picture.width / picture.height);
      if (features) map.move(features.layers.at(-1)!.features, report);
      judged?.(report);
    };
  });
}

/** What is asked of a picture: no more than is to be seen. */
async function answers(detector: Detector, input: Input) {
  const explanation = evidence.wanted ? detector.explain(input) : undefined;
  // An explanation holds the verdict.
  const report = explanation?.then(({ report }) => report) ?? detector.score(input);
  return Promise.all([report, map.filled ? detector.features(input) : undefined, explanation]);
}

/** Nothing to judge, nor what is being judged. */
function empty(): void {
  verdicts.drop();
  take(undefined);
  pad.clear();
  evidence.hide();
}

/** Loads the chosen detector again when it could not be loaded. */
function retry(): void {
  if (chosen && !opened[chosen]) void choose(chosen);
}

function showPhoto(photo: ImageData): void {
  if (current) return present({ picture: photo, input: asItIs });
  pending = photo;
  retry();
}

/** Takes away what is shown and its verdict. */
function clear(): void {
  forgetPhoto();
  pending = undefined;
  empty();
  remember();
  if (current) view.wait();
}

async function startCamera(): Promise<void> {
  clear();
  frame = undefined;
  try {
    await camera.start((picture) => {
      frame = picture;
      pad.show(picture);
      judge(picture, asItIs);
    });
  } catch (error) {
    say("photo-error", `There is no camera to be used: ${messageOf(error)}`);
  }
}

/** Leaves what it saw last as a picture like any other, with its own verdict. */
function stopCamera(): void {
  camera.stop();
  if (frame) showPhoto(frame);
}

cameraButton.onclick = () => (camera.on ? stopCamera() : void startCamera());
pad.onDraw = (picture) => {
  forgetPhoto();
  take({ picture, input: asItIs });
  judge(picture, asItIs);
  remember();
};
sliders.onMove = (push, name) => {
  const moved = shown;
  // After a reset, or with another picture, a late score is of another way.
  update(({ score }) => moved === shown && path.add(name, push[name], score));
};
blendWith.onchange = () => update();
element<HTMLButtonElement>("reset").onclick = () => shown && present({ ...shown });
const forgetPhoto = onPhoto(element<HTMLInputElement>("photo"), showPhoto, (error) =>
  complain("photo-error", error),
);
element<HTMLButtonElement>("clear").onclick = () => {
  clear();
  if (!current) retry();
};
element<HTMLButtonElement>("copy").onclick = () => void copyCode();

/** Picks a sample that the visitor asks for, so that no photo chosen before comes after it. */
function pickByHand(index: number): void {
  forgetPhoto();
  pick(index);
}

/** Picks the first sample of a group. */
function pickOf(group: string): void {
  const index = current?.samples.findIndex((sample) => sample.group === group) ?? -1;
  if (index >= 0) pickByHand(index);
}

new Tour(stops(pickOf));
const radios = document.querySelectorAll<HTMLInputElement>('[name="kind"]');
function follow(name: KindName): void {
  radios.forEach((radio) => (radio.checked = radio.value === name));
  if (name !== chosen) void choose(name);
}

radios.forEach((radio) => {
  radio.onchange = () => {
    history.pushState(null, "", `#kind=${radio.value}`);
    follow(radio.value as KindName);
  };
});
addEventListener("hashchange", () => {
  chosen = undefined;
  follow(fromHash(location.hash).kind);
});
follow(fromHash(location.hash).kind);
