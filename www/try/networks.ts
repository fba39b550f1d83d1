/** The two networks that a visitor can try, each with its detector, words and samples. */
import type { Input, LoadProgress } from "she-ood";
import { Detector } from "she-ood/worker";
import objectsFile from "../../models/cifar10.onnx?url";
import { at } from "../shared/at";
import samples from "./samples.json";

/** One scores while another places pictures on the map. */
const WORKERS = { workers: 2 };

export type NetworkName = "digits" | "objects";

export interface Network {
  name: NetworkName;
  /** What it knows, for people. */
  knows: string;
  /** The same, after "one of the". */
  oneOf: string;
  /** Pictures of other things that visitors may show it, after "one in 20". */
  strangers: string;
  /** Which of them pass more often than that, as a sentence; empty where none is known to. */
  harder: string;
  /** The group that is hardest to tell from what it knows, and its name after "98% of". */
  nearStrangers: { group: string; name: string };
  /** The headline while there is nothing to score. */
  waiting: [words: string, detail: string];
  /** Whether the pad takes strokes, or only shows pictures. */
  draws: boolean;
  padLabel: string;
  /** Stands in the pad while it is empty. */
  hint: string;
  /** Address of the sheet of samples, one row a group. */
  sheet: string;
  /** Pictures that it was fitted on, in www/public/sheets. */
  fitSheet: "mnist-fit" | "cifar10-fit";
  /** Width and height of a sample. */
  size: number;
  /** Names of the samples, by group. */
  samples: Record<string, string[]>;
  /** Position of the sample that is shown first: one that the classifier is sure of, and wrong. */
  opening: number;
  /** Titles of the groups, and what one in so many of them may be. */
  groups: Record<string, { title: string; plural: string }>;
  load(onProgress: (progress: LoadProgress) => void): Promise<Detector>;
  /** What the detector takes for a sample. */
  input(sample: ImageData): Input;
}

/** Gray values from 0 to 1: samples are framed as MNIST is, and must not be framed again. */
function grayValues({ data }: ImageData): Float32Array {
  return Float32Array.from({ length: data.length / 4 }, (_, i) => at(data, 4 * i) / 255);
}

const noise = { title: "Noise and patterns", plural: "patterns" };
const clothes = { title: "Clothes", plural: "clothes" };

export const NETWORKS: Record<NetworkName, Network> = {
  digits: {
    name: "digits",
    knows: "the digits 0 to 4",
    oneOf: "digits 0 to 4",
    strangers: "scribbles and shapes",
    // tools/session.js: 9 of 102 drawn letters.
    harder: " Letters such as C, D and H pass more often.",
    nearStrangers: { group: "digits", name: "the digits 5 to 9" },
    waiting: ["Draw something", "A digit, a heart, a smiley."],
    draws: true,
    padLabel: "Drawing pad. Samples can be chosen by keyboard instead.",
    hint: "Draw here",
    sheet: "./digits.png",
    fitSheet: "mnist-fit",
    size: 28,
    samples: samples.digits,
    opening: 22,
    groups: {
      known: { title: "Digits it knows", plural: "digits it knows" },
      digits: { title: "Digits it never saw", plural: "digits it never saw" },
      clothes,
      noise,
    },
    load: (onProgress) => Detector.embedded({ ...WORKERS, onProgress }),
    input: grayValues,
  },
  objects: {
    name: "objects",
    knows: "airplanes, automobiles, birds, cats, deer, dogs, frogs, horses, ships and trucks",
    oneOf: "ten things",
    strangers: "photos of other things",
    harder: "",
    nearStrangers: { group: "own", name: "photos of other things" },
    waiting: ["Choose a photo", "Drop or paste one, or pick a sample."],
    draws: false,
    padLabel: "The picture that is scored.",
    hint: "Choose, drop or paste a photo",
    sheet: "./objects.png",
    fitSheet: "cifar10-fit",
    size: 32,
    samples: samples.objects,
    opening: 39,
    groups: {
      known: { title: "Things it knows", plural: "things it knows" },
      clothes,
      digits: { title: "Digits", plural: "digits" },
      noise,
    },
    load: (onProgress) => Detector.load(objectsFile, { ...WORKERS, onProgress }),
    input: (sample: ImageData) => sample,
  },
};
