/**
 * What a detector knows, as pictures: where those that it was fitted on lie in the plane, and which
 * of them a pattern is most like.
 */
import type { Info } from "she-ood";
import type { Detector } from "she-ood/worker";
import { type Picture, type Pictures, load } from "../shared/sheet";
import type { Kind } from "./networks";
import { type Place, dot, mean, plane, unit } from "./projection";

export interface Cloud {
  /** Each picture's place, and the position of its class in `info.classes`. */
  points: { place: Place; row: number }[];
  /** Where the pattern of each of `info.classes` is. */
  patterns: Place[];
  /** For each of `info.classes`, the picture that its pattern is most like. */
  portraits: ImageData[];
  /** The place of other features. */
  place(features: Float32Array): Place;
}

/** Runs the pictures one after the other, so that there is a worker for others meanwhile. */
export async function cloudOf(kind: Kind, detector: Detector, signal: AbortSignal): Promise<Cloud> {
  const pictures = await load(fitted(kind, detector.info), Infinity, signal);
  const vectors: Float32Array[] = [];
  for (const picture of pictures) {
    const { layers } = await detector.features(kind.input(picture.pixels()), { signal });
    vectors.push(comparable(layers.at(-1)!.features, detector.info));
  }
  return arranged(pictures, vectors, detector.info);
}

const fitted = ({ fitSheet }: Kind, { classes }: Info): Pictures => ({
  name: "",
  sheet: fitSheet,
  keep: (label) => classes.includes(label),
});

/** Features as the similarity sees them: the cosine does not mind their length. */
function comparable(features: Float32Array, { similarity }: Info): Float32Array {
  return similarity === "cosine" ? unit(features) : features;
}

function arranged(pictures: Picture[], vectors: Float32Array[], info: Info): Cloud {
  const labels = pictures.map(({ label }) => label);
  const means = info.classes.map((one) => mean(vectors.filter((_, i) => labels[i] === one)));
  const inPlane = plane(vectors, labels);
  return {
    points: vectors.map((vector, i) => ({
      place: inPlane(vector),
      row: info.classes.indexOf(labels[i]!),
    })),
    patterns: means.map(inPlane),
    portraits: means.map((pattern, row) =>
      portrait(pictures, vectors, info.classes[row]!, pattern),
    ),
    place: (features) => inPlane(comparable(features, info)),
  };
}

function portrait(
  pictures: Picture[],
  vectors: Float32Array[],
  label: number,
  pattern: Float32Array,
): ImageData {
  const likeness = pictures.map((picture, i) =>
    picture.label === label ? dot(unit(vectors[i]!), unit(pattern)) : -Infinity,
  );
  return pictures[likeness.indexOf(Math.max(...likeness))]!.pixels();
}
