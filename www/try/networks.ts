/** The two networks that a visitor can try, each with its detector, words and samples. */
import type { Input } from "she-ood";
import { Detector } from "she-ood/worker";
import objectsFile from "../../models/cifar10.onnx?url";
import { at } from "../shared/at";
import samples from "./samples.json";

/** One scores while another places pictures on the map. */
const WORKERS = { workers: 2 };

export interface Network {
  /** What it knows, for people. */
  knows: string;
  /** What to do with the page. */
  invitation: string;
  title: string;
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
  /** Titles of the groups. */
  groups: Record<string, string>;
  load(): Promise<Detector>;
  /** What the detector takes for a sample. */
  input(sample: ImageData): Input;
}

/** Gray values from 0 to 1: samples are framed as MNIST is, and must not be framed again. */
function grayValues({ data }: ImageData): Float32Array {
  return Float32Array.from({ length: data.length / 4 }, (_, i) => at(data, 4 * i) / 255);
}

export const NETWORKS = {
  digits: {
    knows: "the digits 0 to 4",
    invitation: "Draw one, or anything else,",
    title: "Draw here",
    waiting: ["Draw something", "or pick a sample."],
    draws: true,
    padLabel: "Drawing pad. The samples below can be chosen by keyboard instead.",
    hint: "Draw a digit",
    sheet: "./digits.png",
    fitSheet: "mnist-fit",
    size: 28,
    samples: samples.digits,
    groups: {
      known: "Digits it knows",
      digits: "Digits it never saw",
      clothes: "Clothes",
      noise: "Noise and patterns",
    },
    load: () => Detector.embedded(WORKERS),
    input: grayValues,
  },
  objects: {
    knows: "airplanes, automobiles, birds, cats, deer, dogs, frogs, horses, ships and trucks",
    invitation: "Show it a photo of one, or of anything else,",
    title: "A photo",
    waiting: ["Choose a photo", "drop or paste one, or pick a sample."],
    draws: false,
    padLabel: "The picture that is scored.",
    hint: "Choose, drop or paste a photo",
    sheet: "./objects.png",
    fitSheet: "cifar10-fit",
    size: 32,
    samples: samples.objects,
    groups: {
      known: "Things it knows",
      clothes: "Clothes",
      digits: "Digits",
      noise: "Noise and patterns",
    },
    load: () => Detector.load(objectsFile, WORKERS),
    input: (sample: ImageData) => sample,
  },
} satisfies Record<string, Network>;

export type NetworkName = keyof typeof NETWORKS;
