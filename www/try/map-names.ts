/** Names on the map that do not cover each other. */
import type { Place } from "./projection";

export interface Name {
  place: Place;
  label: string;
}

/** Height of a name and about the width of a letter, in pixels of the page. */
const [LINE, LETTER] = [15, 8];

/** Moves each name down until it covers none above it; `density` is the device pixel ratio. */
export function moveApart(names: Name[], density: number): Name[] {
  const placed: Name[] = [];
  for (const name of [...names].sort((one, other) => one.place[1] - other.place[1])) {
    const [x] = name.place;
    let [, y] = name.place;
    while (placed.some((other) => overlaps(other, { ...name, place: [x, y] }, density)))
      y += (LINE * density) / 4;
    placed.push({ ...name, place: [x, y] });
  }
  return placed;
}

function overlaps(one: Name, other: Name, density: number): boolean {
  const letters = (one.label.length + other.label.length) / 2;
  return (
    Math.abs(one.place[1] - other.place[1]) < LINE * density &&
    Math.abs(one.place[0] - other.place[0]) < letters * LETTER * density
  );
}
