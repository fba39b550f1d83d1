/** All that the page shows, and how events change it. */
import type { Input } from "she-ood";
import type { Address } from "./address";
import type { Loaded } from "./loaded";
import type { NetworkName } from "./networks";
import { isNone, NONE, type Perturbation, perturb } from "./perturb";
import { pathOf, type ScorePath } from "./score-path";
import type { SliderName } from "./sliders";

/** What is scored: a picture before it is perturbed, and what the detector takes for it. */
export interface Subject {
  picture: ImageData;
  input(picture: ImageData): Input;
  /** Position of the sample that it is. */
  sample?: number;
  /** A frame of the camera, which nothing perturbs. */
  live?: boolean;
}

export interface State {
  name: NetworkName;
  /** Nothing while the network is loading. */
  loaded: Loaded | undefined;
  subject: Subject | undefined;
  perturbation: Perturbation;
  /** Position of the sample to blend with. */
  partner: number;
  path: ScorePath | undefined;
}

export function initialState(name: NetworkName): State {
  return {
    name,
    loaded: undefined,
    subject: undefined,
    perturbation: NONE,
    partner: 0,
    path: undefined,
  };
}

/** Pictures are framed by the detector itself. */
export function subjectOf(picture: ImageData): Subject {
  return { picture, input: (same) => same };
}

/** Takes a new subject, unperturbed. */
export function takeSubject(state: State, subject: Subject | undefined): void {
  Object.assign(state, { subject, perturbation: NONE, path: undefined });
}

export function moveSlider(state: State, name: SliderName, value: number): void {
  state.perturbation = { ...state.perturbation, [name]: value };
  state.path = pathOf(name, state.path);
}

/** The picture of the subject, perturbed. */
export function pictureOf({ loaded, perturbation, partner }: State, subject: Subject): ImageData {
  if (isNone(perturbation)) return subject.picture;
  return perturb(subject.picture, perturbation, loaded?.samples[partner]?.picture);
}

export function addressOf({ name, subject, perturbation, partner }: State): Address {
  return { network: name, sample: subject?.sample, perturbation, partner };
}
