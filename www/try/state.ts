/** All that the page shows, and how events change it. */
import type { Input, Report } from "she-ood";
import { at } from "../shared/at";
import type { Address } from "./address";
import type { Loaded, ScoredSample } from "./loaded";
import { NETWORKS, type NetworkName } from "./networks";
import { oppositeOf } from "./partner";
import { isNone, NONE, type Perturbation, perturb } from "./perturb";
import type { Sample } from "./samples";
import { pathOf, type ScorePath } from "./score-path";
import type { SliderName } from "./sliders";

/** What is scored: a picture before it is perturbed, and what the detector takes for it. */
export interface Subject {
  picture: ImageData;
  input(picture: ImageData): Input;
  /** What it shows, where that is known. */
  is?: Pick<Sample, "name" | "group">;
  /** Position of the sample that it is. */
  sample?: number;
  /** A frame of the camera, which nothing perturbs. */
  live?: boolean;
}

export interface State {
  name: NetworkName;
  /** None while they are fetched. */
  samples: Sample[];
  /** Nothing while the network is loading. */
  loaded: Loaded | undefined;
  /** The samples with their reports; none until they are scored. */
  scored: ScoredSample[];
  subject: Subject | undefined;
  /** On the subject as it is, before it is perturbed. */
  report: Report | undefined;
  perturbation: Perturbation;
  /** Position of the sample to blend with, where one was chosen. */
  partner: number | undefined;
  path: ScorePath | undefined;
}

export function initialState(name: NetworkName): State {
  return {
    name,
    samples: [],
    loaded: undefined,
    scored: [],
    subject: undefined,
    report: undefined,
    perturbation: NONE,
    partner: undefined,
    path: undefined,
  };
}

/** Pictures are framed by the detector itself. */
export function subjectOf(picture: ImageData): Subject {
  return { picture, input: (same) => same };
}

/** A sample as a subject, if there is one at this position. */
export function sampleAt({ name, samples }: State, position?: number): Subject | undefined {
  const found = position === undefined ? undefined : samples[position];
  if (position === undefined || !found) return undefined;
  return { picture: found.picture, input: NETWORKS[name].input, is: found, sample: position };
}

/** Takes a new subject, unperturbed. */
export function takeSubject(state: State, subject: Subject | undefined): void {
  Object.assign(state, {
    subject,
    report: undefined,
    perturbation: NONE,
    partner: undefined,
    path: undefined,
  });
}

export function moveSlider(state: State, name: SliderName, value: number): void {
  state.perturbation = { ...state.perturbation, [name]: value };
  state.path = pathOf(name, state.path);
}

/** Position of the sample to blend with: unless chosen, one on the threshold's other side. */
export function partnerOf({ partner, scored, report }: State): number | undefined {
  return partner ?? (report && scored.length > 0 ? oppositeOf(scored, report.isOod) : undefined);
}

/** Takes the samples as they are scored; a report on one stands for that which an address shows. */
export function compareWith(state: State, scored: ScoredSample[]): void {
  const { subject } = state;
  state.scored = scored;
  if (subject?.sample !== undefined) state.report ??= at(scored, subject.sample).report;
}

/** How far the subject is on the way of a blend; nothing where something else moves it, too. */
export function blendOf({ subject, perturbation }: State): number | undefined {
  const isOnWay = !subject?.live && isNone({ ...perturbation, blend: 0 });
  return isOnWay ? perturbation.blend : undefined;
}

/** The picture of the subject, perturbed. */
export function pictureOf(state: State, subject: Subject): ImageData {
  if (isNone(state.perturbation)) return subject.picture;
  const partner = partnerOf(state);
  const other = partner === undefined ? undefined : state.samples[partner];
  return perturb(subject.picture, state.perturbation, other?.picture);
}

export function addressOf(state: State): Address {
  const { name, subject, perturbation } = state;
  return { network: name, sample: subject?.sample, perturbation, partner: partnerOf(state) };
}
