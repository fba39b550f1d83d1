/** What a detector knows, as pictures: where those that it was fitted on lie in the plane. */
import type { Info } from "she-ood";
import type { Detector } from "she-ood/worker";
import { at } from "../shared/at";
import { loadPictures, type Picture } from "../shared/sheet";
import type { Network } from "./networks";
import { fitPlane, type Place } from "./projection";
import { dot, mean, unit } from "./vectors";

export interface Point {
  place: Place;
  row: number;
  picture: Picture;
}

export interface Cloud {
  /** Each picture, its place, and the position of its class in `info.classes`. */
  points: Point[];
  /** The place of each class's pattern, in the order of `info.classes`. */
  patterns: Place[];
  /** The picture that each class's pattern is most like. */
  portraits: ImageData[];
  /** Places other features. */
  place(features: Float32Array): Place;
}

/** Places pictures one after the other, so that a worker stays free for other work. */
export async function computeCloud(
  { fitSheet, input }: Network,
  detector: Detector,
  signal: AbortSignal,
): Promise<Cloud> {
  const keep = (index: number) => detector.info.classes.includes(index);
  const pictures = await loadPictures({ name: fitSheet, sheet: fitSheet, keep }, Infinity, signal);
  const placed: Placed[] = [];
  for (const picture of pictures) {
    const { layers } = await detector.features(input(picture.pixels()), { signal });
    const { features } = at(layers, layers.length - 1);
    placed.push({ picture, vector: comparable(features, detector.info) });
  }
  return arrange(placed, detector.info);
}

interface Placed {
  picture: Picture;
  /** Its features in the last layer. */
  vector: Float32Array;
}

/** Features as the similarity sees them: some do not mind their length. */
function comparable(features: Float32Array, { similarity }: Info): Float32Array {
  return similarity === "cosine" || similarity === "mahalanobis" ? unit(features) : features;
}

function arrange(placed: Placed[], info: Info): Cloud {
  const groups = info.classes.map((index) =>
    placed.filter(({ picture }) => picture.class === index),
  );
  const patterns = groups.map((group) => mean(group.map(({ vector }) => vector)));
  const project = fitPlane(
    placed.map(({ vector }) => vector),
    placed.map(({ picture }) => picture.class),
  );
  return {
    points: placed.map(({ picture, vector }) => ({
      picture,
      place: project(vector),
      row: info.classes.indexOf(picture.class),
    })),
    patterns: patterns.map(project),
    portraits: groups.map((group, row) => findPortrait(group, at(patterns, row))),
    place: (features) => project(comparable(features, info)),
  };
}

/** The picture of a class that its pattern is most like. */
function findPortrait(group: Placed[], pattern: Float32Array): ImageData {
  const likeness = group.map(({ vector }) => dot(unit(vector), unit(pattern)));
  const best = likeness.indexOf(Math.max(...likeness));
  return at(group, best).picture.pixels();
}
