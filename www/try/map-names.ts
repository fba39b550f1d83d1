/** Names on the map that do not cover each other. */
import type { Place } from "./projection";

/** A name, centred at its place; `width` is that of its letters. */
export interface Name {
  place: Place;
  label: string;
  width: number;
}

export interface Area {
  width: number;
  height: number;
  /** Height of a line of letters. */
  line: number;
}

/** Steps to each side, of a quarter line, that are tried for a name. */
const REACH = 200;

/** Moves each name the least up or down until it covers none before it, and into the area. */
export function moveApart(names: Name[], area: Area): Name[] {
  const placed: Name[] = [];
  for (const name of names) placed.push(freePlace(name, placed, area));
  return placed;
}

function freePlace(name: Name, placed: Name[], area: Area): Name {
  const tried = steps().map((step) => inside(name, (step * area.line) / 4, area));
  const free = (moved: Name) => !placed.some((other) => overlaps(moved, other, area.line));
  return tried.find(free) ?? inside(name, 0, area);
}

/** 0, 1, -1, 2, -2 ... */
function steps(): number[] {
  return Array.from({ length: REACH }, (_, i) => (i % 2 === 1 ? (i + 1) / 2 : -i / 2));
}

function inside({ place: [x, y], ...name }: Name, down: number, area: Area): Name {
  const half = name.width / 2;
  const within = (value: number, margin: number, length: number) =>
    Math.max(margin, Math.min(length - margin, value));
  return {
    ...name,
    place: [within(x, half, area.width), within(y + down, area.line / 2, area.height)],
  };
}

function overlaps(one: Name, other: Name, line: number): boolean {
  return (
    Math.abs(one.place[1] - other.place[1]) < line &&
    Math.abs(one.place[0] - other.place[0]) < (one.width + other.width) / 2
  );
}
